"""Reply → whether the model declined to answer."""

import re

from calibrant.grading._normalise import normalise_text

_CANNOT = r"(?:cannot|can not|cant|could not|couldnt|am unable to|im unable to|am not able to|im not able to)"
_OPENING = (
    r"(?:(?:i am |im |i m )?(?:very |so )?sorry (?:but )?|i apologi[sz]e (?:but )?|unfortunately |as ai (?:\w+ ){1,3})*"
)
# Normalised, so without articles and apostrophes.
_DECLINES = re.compile(
    _OPENING + rf"(?:i (?:really |just |honestly |simply )?(?:do not|dont) know\b"
    rf"|(?:i am|im) (?:not sure|unsure|not certain|not aware|not familiar)\b"
    rf"|(?:i )?{_CANNOT} (?:answer|provide|determine|say|tell|help|assist|find|comply|confirm|verify|give|fulfil+)\b"
    rf"|(?:i )?(?:do not|dont) have (?:\w+ ){{0,2}}(?:information|knowledge|data|access|answer)\b"
    rf"|i have no (?:idea|information|knowledge|data)\b"
    rf"|there is (?:not enough|insufficient|no) information\b"
    rf")"
)
_WHOLE = re.compile(
    r"(?:idk|unknown|no idea|not sure|unsure|not known|it is (?:unknown|not known)|answer is (?:unknown|not known)"
    r"|(?:it )?cannot be (?:determined|answered|known)|(?:not enough|insufficient) information|dont know|do not know"
    r"|je ne sais pas|ich weiss (?:es )?nicht|no (?:lo )?se|nao sei|non lo so|(?:я )?не знаю|わかりません|分かりません"
    r"|(?:我)?不知道|모르겠습니다|لا أعرف|मुझे नहीं पता)"
)
_STILL_ANSWERS = re.compile(
    r"\b(?:maybe|perhaps|probably|possibly|think|believe|guess|assume|might|could be|may be|would say|answer is)\b"
)


def is_refusal(text: str) -> bool:
    """Whether a reply declines to answer: it says that it does not know, or that it cannot say.

    The list of what counts is short and cautious. A reply must begin with such words, and must not go on to a guess
    ("I am not sure, but I think it is Paris"); what declines in any other way is taken for an answer. English is known
    best; of other languages only the plain "I do not know" is.

    Parameters
    ----------
    text : str
        The reply.

    Returns
    -------
    bool
        True where it declines.

    Examples
    --------
    >>> is_refusal("I'm sorry, but I don't know the answer."), is_refusal("I'm not sure, but I think it is Paris.")
    (True, False)
    >>> is_refusal("Unknown."), is_refusal("The Unknown Soldier"), is_refusal("Не знаю.")
    (True, False, True)
    """
    plain = normalise_text(text)
    if _WHOLE.fullmatch(plain):
        return True
    found = _DECLINES.match(plain)
    return found is not None and not _STILL_ANSWERS.search(plain, found.end())
