"""What stands around a number or a phrase -> whether it is called a confidence, denied, or said of something else."""

import re

WINDOW = 100
"""Characters that are looked at on either side."""

NAMES = r"(?:confidence|certainty|probability|likelihood|chances?|odds|prob|conf)(?![a-z])"
"""What a confidence is called."""

_FILLER = (
    "a|about|am|an|answer|approximately|around|as|at|be|being|between|correct|estimate|estimated|fairly|final|from|guess|"
    "high|i|i'd|i'm|in|is|it|its|level|low|medium|moderate|my|of|or|out|overall|put|rating|right|roughly|say|score|set|"
    "stated|that|the|this|true|value|very|was|would|[gp][0-9]"
)
_BETWEEN = rf"(?:[^\w\n.!?;]|_|(?<![a-z])(?:{_FILLER})(?![a-z]))*\Z"
_LABEL = rf"(?<![a-z]){NAMES}(?:[\s_]*(?:level|score|rating|estimate))?[\s()*_`\"']*[:=]"
_LABELLED = re.compile(rf"{_LABEL}[\s*_`\"']*{_BETWEEN}", re.IGNORECASE)
_LABELLED_LOOSELY = re.compile(rf"{_LABEL}\s*[^\n0-9]*\Z", re.IGNORECASE)
# "my confidence in this answer is 90": nothing but such words stands between.
_NAMED_BEFORE = re.compile(rf"(?<![a-z]){NAMES}\.?[\s:=*_]*{_BETWEEN}", re.IGNORECASE)
_NAMED_LOOSELY = re.compile(rf"(?<![a-z]){NAMES}[^\n.!?;,0-9]*(?:[:=][\s*_`\"']*)?\Z", re.IGNORECASE)
_LEVEL = r"[\s)*_-]*(?:(?:level|degree)\s+of\s+)?"
_NAMED_AFTER = re.compile(rf"{_LEVEL}(?:confident(?![a-z])|(?!chances){NAMES})", re.IGNORECASE)
# "90% sure", but not "in 1990 likely".
_NAMED_AFTER_LOOSELY = re.compile(
    rf"{_LEVEL}(?:(?:confident|sure|certain|positive|likely)(?![a-z])|{NAMES})", re.IGNORECASE
)
_ERROR_BEFORE = re.compile(
    r"(?<![a-z])(?:uncertainty|doubt|error|risk)(?:\s+(?:level|rate|of|is|about|around))*[\s*_]*[:=]?[\s*_]*\Z",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:not|never|hardly|neither|nor|cannot)|n't)(?:\s+\w[\w'-]*){0,3}\s*\Z", re.IGNORECASE
)
_LESS_BEFORE = re.compile(r"(?<![a-z])(?:no|without|less|least)\s+\Z", re.IGNORECASE)
# In one clause. A bare "not" turns what it follows; later it may belong to the answer: "90% sure it is not A".
_WRONG_AFTER = re.compile(
    r"[^\w\n.,!?;:]*(?:not(?![a-z])|(?:(?:chances?|probability|likelihood|likely|sure|confident|certain|that|i|i'm|am|it|"
    r"it's|is|this|my|the|answer|guess|of|being|to|be|could|may|might|a)(?![a-z])[ \t]*)*"
    r"(?:wrong|incorrect|mistaken|not\s+(?:right|correct|true))(?![a-z]))",
    re.IGNORECASE,
)
_QUANTITY_AFTER = re.compile(r"\s+of\s+(?!the\s+time|confidence|certainty)", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[\n.,!?;:()]|(?<![a-z])(?:but|though|although|however|and)(?![a-z])", re.IGNORECASE)
_DEGREE_BEFORE = re.compile(
    r"(?<![a-z])(?:very|extremely|quite|highly|fairly|somewhat|pretty|rather|more|most|too|so|really|equally|as)[\s-]+\Z",
    re.IGNORECASE,
)
_ALONE_BEFORE = re.compile(
    r"(?:[\W_]|(?<![a-z])(?:i|i'd|i'm|am|would|say|about|around|approximately|roughly|maybe|perhaps|it|it's|is|my|guess|at|"
    r"estimate|between|from|on|a|scale|of)(?![a-z]))*",
    re.IGNORECASE,
)
_MARGIN_BEFORE = re.compile(r"(?:±|\+/-|plus or minus|give or take)[\s~]*(?:about\s*)?\Z", re.IGNORECASE)


def is_labelled(before: str, *, loosely: bool = False) -> bool:
    """Whether it is what a label ends with: "Confidence: 90"; loosely, with any words of the line between.

    Examples
    --------
    >>> [is_labelled(b) for b in ("**Confidence:** ", '"confidence": ', "my confidence is ", "Confidence: since ")]
    [True, True, False, False]
    """
    return (_LABELLED_LOOSELY if loosely else _LABELLED).search(before) is not None


def is_named(before: str, after: str, *, loosely: bool = False) -> bool:
    """Whether a sentence calls it a confidence; loosely, with any words of the clause between, or by an adjective.

    Examples
    --------
    >>> is_named("My confidence is ", ""), is_named("", " probability"), is_named("It was founded in ", "")
    (True, True, False)
    >>> is_named("I am ", " sure", loosely=True), is_named("In ", " sure")
    (True, False)
    """
    if loosely:
        return bool(_NAMED_LOOSELY.search(before) or _NAMED_AFTER_LOOSELY.match(after))
    return bool(_NAMED_BEFORE.search(before) or _NAMED_AFTER.match(after))


def is_denied(before: str, after: str) -> bool:
    """Whether it says the opposite: "not 100% sure", "5% chance that I am wrong", "uncertainty: 10%".

    Examples
    --------
    >>> is_denied("I'm not ", "% sure"), is_denied("I am ", " likely to be wrong"), is_denied("Not A, but ", " sure")
    (True, True, False)
    """
    clause = _CLAUSE_END.split(before)[-1]
    return bool(_NOT_BEFORE.search(clause) or _WRONG_AFTER.match(after) or _ERROR_BEFORE.search(before))


def is_lessened(before: str) -> bool:
    """Whether the phrase that follows is turned round: "less likely", "no better than even"."""
    return bool(_LESS_BEFORE.search(before))


def is_graded(before: str) -> bool:
    """Whether a word of degree makes another phrase of the one that follows: "very likely"."""
    return bool(_DEGREE_BEFORE.search(before))


def is_quantity(after: str) -> bool:
    """Whether it is a share of something else: "71% of the surface"."""
    return bool(_QUANTITY_AFTER.match(after))


def is_margin(before: str) -> bool:
    """Whether it is what another number may be off by: "90 ± 5"."""
    return bool(_MARGIN_BEFORE.search(before))


def is_alone(text: str, start: int, end: int) -> bool:
    """Whether a text says nothing else, but for words as "I'd say about".

    Examples
    --------
    >>> is_alone("I'd say 85.", 8, 10), is_alone("The answer is 42.", 14, 16)
    (True, False)
    """
    return _ALONE_BEFORE.fullmatch(text, 0, start) is not None and not re.search(r"[^\W_]", text[end:])
