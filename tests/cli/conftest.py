"""Questions on disk, and the command line as a function."""

import json
import random

import pytest

from calibrant.cli.main import main


def make_rows(n, seed=0):
    """Questions of 2 to 5 options in groups of two, of three subjects, some without an answer, some without a label."""
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        choices = [f"{rng.randrange(10**6)} {'abcde'[j]}" for j in range(rng.randint(2, 5))]
        row = {
            "id": f"q{i:04}",
            "question": f"What is {i} times {rng.randint(2, 99)}?",
            "choices": choices,
            "answer": rng.randrange(len(choices)),
            "group": f"g{i // 2:04}",
            "subject": "xyz"[i % 3],
        }
        if i % 20 == 0:
            row |= {"answer": None, "answerable": False}
        elif i % 33 == 0:
            row["answer"] = None
        rows.append(row)
    return rows


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def rows():
    return make_rows(200)


@pytest.fixture(scope="session")
def data(tmp_path_factory, rows):
    """A JSONL file of 200 questions."""
    return write_rows(tmp_path_factory.mktemp("data") / "questions.jsonl", rows)


@pytest.fixture(scope="session")
def audited(tmp_path_factory, data):
    """What ``calibrant audit`` leaves; not to be changed."""
    folder = tmp_path_factory.mktemp("audited") / "out"
    words = ["audit", "--model", "fake", "--data", str(data), "--readout", "cloze", "--out", str(folder)]
    assert main(words) == 0
    return folder


@pytest.fixture
def quick(data):
    """Words for an audit of half the questions with one map, by a readout that chooses itself."""
    return ("audit", "--model", "fake", "--data", data, "--limit", 100, "--methods", "temperature")


@pytest.fixture
def calibrant(capsys):
    """The command: words -> exit status, standard output and error stream."""

    def call(*words):
        capsys.readouterr()
        status = main([str(word) for word in words])
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def refused(calibrant):
    """The command, which must fail with status 2, one line and nothing on the standard output: words -> that line."""

    def call(*words):
        status, out, err = calibrant(*words)
        lines = [line for line in err.splitlines() if line.strip()]
        assert (status, out) == (2, "")
        assert len(lines) == 1, err
        assert lines[0].startswith("calibrant: error: ")
        return lines[0].removeprefix("calibrant: error: ")

    return call


def files_of(folder):
    """Every file below a folder, with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def without_time(evaluation):
    """An evaluation without what differs from run to run."""
    provenance = {key: value for key, value in evaluation["provenance"].items() if key not in ("command", "seconds")}
    return {key: value for key, value in evaluation.items() if key != "created"} | {"provenance": provenance}
