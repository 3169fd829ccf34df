"""``calibrant report``: evaluation.json, comparison.json, check.json or survey.json → one self-contained page."""

from collections.abc import Callable, Mapping
from pathlib import Path

from calibrant.exceptions import InputError
from calibrant.files import read_json
from calibrant.report import write_answers, write_comparison, write_report, write_survey, write_transfer

_PAGES: dict[str, tuple[Callable[[Mapping[str, object], Path], Path], str]] = {
    "calibrant/evaluation": (write_report, "report.html"),
    "calibrant/comparison": (write_comparison, "comparison.html"),
    "calibrant/check": (write_transfer, "check.html"),
    "calibrant/answers-evaluation": (write_answers, "report.html"),
    "calibrant/survey": (write_survey, "survey.html"),
}
"""What a file says it is → what writes its page, and what the page is called beside it."""


def report(record: Path, out: Path | None = None) -> int:
    """Write an evaluation, a comparison, a check or a survey as one HTML page that needs no network.

    Parameters
    ----------
    record : Path
        evaluation.json, comparison.json, check.json or survey.json, as calibrant audit, evaluate, compare, check and
        survey leave them.
    out : Path, optional
        File for the page; default: report.html, comparison.html, check.html or survey.html beside the file.
    """
    content = read_json(record)
    kind = content.get("format", "calibrant/evaluation")
    if not isinstance(kind, str) or kind not in _PAGES:
        raise InputError(
            f"{record}: 'format' must be one of {', '.join(_PAGES)}; it is {kind!r}. Give a file that calibrant "
            "evaluate, compare, check or survey has written"
        )
    write, name = _PAGES[kind]
    print(f"The page: {write(content, out or record.with_name(name)).resolve()}")
    return 0
