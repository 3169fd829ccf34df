"""Reply x accepted answers → how much of the words they share."""

from collections import Counter
from collections.abc import Sequence

from calibrant.grading._normalise import split_words


def token_f1(text: str, accepted: Sequence[str]) -> float:
    """F1 of the words of a reply against the accepted answer that it fits best, in [0, 1]; 1 is best.

    The harmonic mean of the share of the reply's words that the answer has and the share of the answer's words that the
    reply has, each word as often as it occurs in both, in any order. Words are those of `normalise_text`; in scripts
    without spaces every character is one.

    Parameters
    ----------
    text : str
        The reply.
    accepted : sequence of str
        The accepted answers.

    Returns
    -------
    float
        The largest F1; 0 without a word, or without an accepted answer.

    References
    ----------
    Rajpurkar et al. (2016), SQuAD: 100,000+ questions for machine comprehension of text, EMNLP.

    Examples
    --------
    All of one word is right, half of the answer's two are there: 2 · 1 · 0.5 / 1.5.

    >>> round(token_f1("Einstein", ["Albert Einstein", "Isaac Newton"]), 4)
    0.6667
    >>> token_f1("the Einstein, Albert", ["Albert Einstein"])
    1.0
    """
    words = Counter(split_words(text))
    return max((_f1(words, Counter(split_words(answer))) for answer in accepted), default=0.0)


def _f1(words: Counter[str], answer: Counter[str]) -> float:
    # 2PR / (P + R) with P = shared / n_words and R = shared / n_answer.
    shared = (words & answer).total()
    return 2 * shared / (words.total() + answer.total()) if shared else 0.0
