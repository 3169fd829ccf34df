"""Write docs/api.md from the public names and the first lines of their docstrings: python docs/generate_api.py."""

import importlib
import inspect
from pathlib import Path

FOLDERS = (
    "data", "metrics", "predictions", "models", "readouts", "grading", "scores", "calibrators", "selection", "artifact",
    "evaluation", "report",
)  # fmt: skip


def render() -> str:
    parts = [
        "# API",
        "",
        "Made by `docs/generate_api.py` from the docstrings; `help(name)` gives the whole of each.",
        "",
    ]
    for folder in FOLDERS:
        module = importlib.import_module(f"calibrant.{folder}")
        parts += [f"## calibrant.{folder}", "", first_line(module), "", "| name | what it is |", "|---|---|"]
        parts += [f"| `{name}` | {describe(getattr(module, name))} |" for name in module.__all__]
        parts.append("")
    return "\n".join(parts)


def describe(value: object) -> str:
    documented = inspect.isclass(value) or inspect.isfunction(value)
    return (first_line(value) if documented else f"{type(value).__name__}").replace("|", "\\|")


def first_line(value: object) -> str:
    return (inspect.getdoc(value) or "").split("\n\n")[0].replace("\n", " ")


if __name__ == "__main__":
    (Path(__file__).parent / "api.md").write_text(render(), encoding="utf-8")
