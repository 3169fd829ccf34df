"""Text -> what it encloses in ``<confidence>`` and ``<answer>`` tags."""

import re

from calibrant.language._context import NAMES

_TAG = re.compile(rf"<\s*(?P<closing>/?)\s*{NAMES}[^<>]*>", re.IGNORECASE)
_ANSWER = re.compile(r"<\s*answer\s*>(.*?)<\s*/\s*answer\s*>", re.IGNORECASE | re.DOTALL)


def find_confidence_tag(text: str) -> tuple[int, str] | None:
    """Find where the content of the last confidence tag starts, and the content; one that was never closed counts last.

    Examples
    --------
    >>> find_confidence_tag("<confidence>0.5</confidence> or <confidence>0.7</confidence>")
    (44, '0.7')
    """
    opened: int | None = None
    last_opened: int | None = None
    closed: tuple[int, int] | None = None
    for tag in _TAG.finditer(text):
        if not tag["closing"]:
            last_opened = tag.end()
            # What was opened first goes on to where something is closed.
            opened = tag.end() if opened is None else opened
        elif opened is not None:
            closed, opened = (opened, tag.start()), None
    if closed is not None:
        return closed[0], text[closed[0] : closed[1]]
    if last_opened is not None:
        return last_opened, text[last_opened:].partition("<")[0]
    return None


def find_answer_tag(text: str) -> str | None:
    """Find what the last ``<answer>`` tag encloses; None if there is none.

    Examples
    --------
    >>> find_answer_tag("<answer>12</answer>")
    '12'
    """
    found: list[str] = _ANSWER.findall(text)
    return found[-1] if found else None
