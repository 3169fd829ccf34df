"""``calibrant report``: evaluation.json → one self-contained page."""

from pathlib import Path

from calibrant.files import read_json
from calibrant.report import write_report


def report(evaluation: Path, out: Path = Path("calibrant-audit/report.html")) -> int:
    """Write an evaluation as one HTML page that needs no network.

    Parameters
    ----------
    evaluation : Path
        A file made by calibrant evaluate or calibrant audit.
    out : Path
        File for the page.
    """
    print(f"The page: {write_report(read_json(evaluation), out).resolve()}")
    return 0
