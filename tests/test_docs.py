"""The documents say what is so: their examples run, their files exist, their options are real."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_run(page):
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testfile(str(page), module_relative=False, optionflags=flags, encoding="utf-8")
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_every_folder_and_module_of_the_tree_exists():
    tree = (ROOT / "README.md").read_text(encoding="utf-8").split("```\nsrc/calibrant/\n")[1].split("```")[0]
    folder = ROOT / "src" / "calibrant"
    named = set()
    for line in tree.splitlines():
        if line.startswith("tests/"):
            break
        head = re.match(r" {2}(\w+)/", line)
        if head:
            named.add(head[1])
            folder = ROOT / "src" / "calibrant" / head[1]
        for module in re.findall(r"\b(\w+\.py)\b", line):
            assert (folder / module).exists(), f"{folder.name}/{module}"
    assert named == {path.parent.name for path in (ROOT / "src" / "calibrant").glob("*/__init__.py")}


def test_papers_name_files_that_exist():
    rows = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8").splitlines()
    for module in re.findall(r"`(\w+/\w+\.py)`", "\n".join(rows)):
        assert (ROOT / "src" / "calibrant" / module).exists(), module


def test_every_calibrator_has_its_paper():
    from calibrant.calibrators import CALIBRATORS

    text = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
    for cls in CALIBRATORS.values():
        assert f"`{'/'.join(cls.__module__.split('.')[1:])}.py`" in text


def test_options_named_in_the_documents_exist(capsys):
    from calibrant.cli.main import VERBS, main

    known = ""
    for verb in VERBS:
        assert main([verb, "--help"]) == 0
        known += capsys.readouterr().out
    for page in PAGES:
        for block in re.findall(r"```\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for command in re.findall(rf"calibrant (?:{'|'.join(VERBS)}) (.*(?:\\\n.*)*)", block):
                for option in re.findall(r"--[a-z][a-z-]*", command):
                    assert option in known, f"{page.name}: {option}"


def test_the_api_page_is_up_to_date(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    from generate_api import render

    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert page == render(), "run: .venv/bin/python docs/generate_api.py"
