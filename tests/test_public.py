"""What the package offers: every folder's names, the tree of errors, and what an import costs."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import calibrant
from calibrant import exceptions

ROOT = Path(calibrant.__file__).parent
TESTS = Path(__file__).parent
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
OWN = ("language", "grading", "scores", "selection", "artifact", "evaluation", "cli")


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_import_is_instant_and_light():
    code = """
import sys, time
before = set(sys.modules)
started = time.perf_counter()
import calibrant
print(time.perf_counter() - started, *sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    seconds, *imported = run(code)
    assert float(seconds) < 0.5
    assert not {"torch", "transformers", "sklearn", "scipy", "pyarrow", "datasets", "matplotlib"} & set(imported)


def test_the_command_line_needs_only_the_core():
    code = "import sys, calibrant.cli.main; print(*sorted({'torch', 'transformers', 'datasets'} & set(sys.modules)))"
    assert run(code) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_names_are_sorted_complete_and_there(folder):
    module = importlib.import_module(f"calibrant.{folder}")
    names = getattr(module, "__all__", [])
    defined = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name not in ("annotations", "TYPE_CHECKING")
    }
    # As ruff sorts: constants, classes, functions.
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert set(names) == defined


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_public_name_says_what_it_is(folder):
    module = importlib.import_module(f"calibrant.{folder}")
    for name in getattr(module, "__all__", []):
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert (value.__doc__ or "").strip(), name


@pytest.mark.parametrize("folder", OWN)
def test_every_module_has_its_test_file(folder):
    modules = {info.name for info in pkgutil.iter_modules([str(ROOT / folder)])}
    tested = {path.stem.removeprefix("test_") for path in (TESTS / folder).glob("test_*.py")}
    assert {name.removeprefix("_") for name in modules} == tested


def test_the_tree_of_errors_is_the_one_drawn():
    drawn = {}
    parents = []
    for line in inspect.cleandoc(exceptions.__doc__).splitlines():
        found = re.match(r"    ([│ ├└─]*)(\w+Error)\s*(?:\(also (\w+)\))?", line)
        if found:
            depth = len(found[1]) // 4
            parents[depth:] = [found[2]]
            drawn[found[2]] = [parent for parent in (parents[depth - 1] if depth else "Exception", found[3]) if parent]
    classes = {
        name: [base.__name__ for base in value.__bases__]
        for name, value in vars(exceptions).items()
        if inspect.isclass(value)
    }
    assert drawn == classes


def test_the_tree_and_the_classes_say_the_same():
    for name, value in vars(exceptions).items():
        if inspect.isclass(value) and name not in ("CalibrantError", "MissingExtraError"):
            line = next(line for line in exceptions.__doc__.splitlines() if re.search(rf"─ {name}\b", line))
            words = value.__doc__.split(".")[0].split()
            assert {word.strip(";,") for word in words} & set(line.split()), name


def test_a_missing_extra_names_feature_package_and_command():
    error = exceptions.MissingExtraError("Loading a model", "torch", "pip install 'calibrant[hf]'")
    assert str(error) == (
        "Loading a model needs the package 'torch', which is not installed. "
        "Install it with: pip install 'calibrant[hf]'"
    )
