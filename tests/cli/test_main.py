import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import files_of, make_rows, write_rows

import calibrant.models
from calibrant.cli.main import VERBS, main
from calibrant.readouts import load_readouts

COMMAND = (sys.executable, "-m", "calibrant")


def start(*words, **options):
    environment = os.environ | {"PYTHONPATH": str(Path(calibrant.__file__).parents[1])}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment}
    return subprocess.Popen([*COMMAND, *map(str, words)], **(pipes | options))


def one_line(err):
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1, err
    return lines[0]


# What is wrong with the words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], f"name one of {', '.join(VERBS)} (see calibrant --help)"),
        (["adit"], f"there is no verb 'adit'; name one of {', '.join(VERBS)} (see calibrant --help)"),
        (["--fast"], "unrecognized arguments: --fast"),
        (["audit", "--fast"], "unrecognized arguments: --fast (see calibrant audit --help)"),
        (["audit", "--limit", "x"], "--limit must be a whole number; got x (see calibrant audit --help)"),
        (["audit", "--limit", "1.5"], "--limit must be a whole number; got 1.5"),
        (["audit", "--limit"], "argument --limit: expected one argument"),
        (["audit", "--readout", "both"], "--readout must be auto or letter or cloze; got both"),
        (["audit", "--dtype", "int8"], "--dtype must be float32 or bfloat16; got int8"),
        (["audit", "--hidden-layers", "1,x"], "--hidden-layers must be a whole number, or several with commas between"),
        (["audit", "--columns", "x"], "--columns must be given entry by entry, as in --columns.question text; got x"),
        (["audit", "--config", "none.yaml"], "--config: File does not exist"),
        (["fit"], "the following arguments are required: readouts"),
        (["fit", "one", "two"], "unrecognized arguments: two (see calibrant fit --help)"),
    ],
)
def test_words_that_cannot_be_understood(refused, words, message):
    assert message in refused(*words)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("limit: x", "--limit must be a whole number; got x"),
        ("lmit: 3", "does not accept option 'lmit'"),
        ("- limit", "- limit"),
        ("limit: [", "Problems parsing config"),
    ],
)
def test_a_file_of_options_that_cannot_be_understood(refused, tmp_path, lines, message):
    (tmp_path / "c.yaml").write_text(lines, encoding="utf-8")
    assert message in refused("audit", "--config", tmp_path / "c.yaml")


# Help


def test_help_lists_the_verbs(calibrant):
    status, out, err = calibrant("--help")
    assert (status, err) == (0, "")
    assert all(verb in out for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_help_reads_well(calibrant, monkeypatch, verb):
    monkeypatch.setenv("COLUMNS", "120")
    status, out, err = calibrant(verb, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"usage: calibrant {verb} ")
    for noise in ("<class", "Optional[", "Literal[", "type:", "null", "SUPPRESS", "[options]", "required, "):
        assert noise not in out
    description, _, options = out.partition("\n\n")[2].partition("options:\n")
    assert len(description) > 50
    for entry in options.split("\n  --")[1:]:
        assert len(entry.split(maxsplit=2)) > 2, f"--{entry} says nothing"


def test_help_of_audit_names_every_option(calibrant):
    out = calibrant("audit", "--help")[1]
    for option in (
        *("model", "device", "dtype", "data", "columns", "data-subset", "data-split", "data-revision", "test-data"),
        *("limit", "readout", "template", "examples", "hidden-layers", "hidden-positions", "hidden-dtype"),
        *("batch-tokens", "seed", "out", "methods", "json", "config"),
    ):
        assert f"\n  --{option} " in out


# Bad questions


BAD = {
    "a broken line": ('{"id": "b", ', "line 2: not JSON"),
    "an answer out of range": (
        '{"id": "b", "question": "?", "choices": ["x", "y"], "answer": 2}',
        "line 2: answer: 2 is out of range for 2 choices",
    ),
    "one option": ('{"id": "b", "question": "?", "choices": ["x"], "answer": 0}', "line 2: choices: at least 2"),
    "an empty option": (
        '{"id": "b", "question": "?", "choices": ["x", " "], "answer": 0}',
        "line 2: choices: choice 1",
    ),
    "the same id again": ('{"id": "a", "question": "?", "choices": ["x", "y"], "answer": 0}', "line 2: id: 'a' is"),
    "no choices": ('{"id": "b", "question": "Why?"}', "question 'b' has no choices"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_questions_name_file_and_place(refused, tmp_path, name):
    line, message = BAD[name]
    data = tmp_path / "q.jsonl"
    data.write_text(f'{{"id": "a", "question": "!", "choices": ["x", "y"], "answer": 0}}\n{line}\n', encoding="utf-8")
    said = refused("audit", "--model", "fake", "--data", data, "--out", tmp_path / "out")
    assert str(data) in said
    assert message in said
    assert not (tmp_path / "out").exists()


def test_a_missing_file_of_questions(refused, tmp_path):
    data = tmp_path / "none.jsonl"
    assert refused("audit", "--model", "fake", "--data", data).startswith(f"{data} does not exist")


def test_an_empty_file_of_questions(refused, tmp_path):
    (tmp_path / "q.jsonl").touch()
    message = refused("audit", "--model", "fake", "--data", tmp_path / "q.jsonl")
    assert message.startswith(f"{tmp_path / 'q.jsonl'} holds no questions")


def test_a_word_that_is_neither_a_file_nor_a_data_set(refused):
    assert "'questions.csv' is no file that exists" in refused("audit", "--model", "fake", "--data", "questions.csv")


def test_an_option_longer_than_the_context(refused, rows, tmp_path):
    long = rows[1] | {"choices": ["short", "long " * 1000], "answer": 0}
    data = write_rows(tmp_path / "q.jsonl", [rows[0], long, *rows[2:20]])
    message = refused("audit", "--model", "fake", "--data", data, "--readout", "cloze", "--out", tmp_path / "out")
    assert "question 'q0001': option 1 of its choices is too long" in message
    assert "the model reads 4096" in message


@pytest.mark.parametrize("n", [1, 2, 4])
def test_too_few_questions_to_split(refused, rows, tmp_path, n):
    data = write_rows(tmp_path / "q.jsonl", rows[1 : 1 + n])
    message = refused("audit", "--model", "fake", "--data", data, "--out", tmp_path / "out")
    assert "parts need at least 3 groups" in message or "at least 5 groups" in message or "there are none" in message


def test_too_few_groups_to_fit_on(refused, rows, tmp_path):
    data = write_rows(tmp_path / "q.jsonl", rows[1:9])
    message = refused("audit", "--model", "fake", "--data", data, "--out", tmp_path / "out")
    assert "at least 5 groups in train and calibration" in message


def test_no_answered_test_question(refused, data, tmp_path):
    blank = [{"id": f"t{i}", "question": f"Which {i}?", "choices": ["x", "y"]} for i in range(5)]
    test = write_rows(tmp_path / "test.jsonl", blank)
    words = ("--data", data, "--test-data", test, "--out", tmp_path / "out", "--methods", "temperature")
    message = refused("audit", "--model", "fake", *words)
    assert message == "evaluation: the test part holds no answered questions"
    assert not (tmp_path / "out" / "evaluation.json").exists()


# Bad models


@pytest.mark.parametrize("model", ["./none", "none.gguf"])
def test_a_model_that_is_not_there(refused, data, model):
    assert refused("audit", "--model", model, "--data", data) == f"model: there is no file or folder '{model}'"


def test_a_file_that_is_no_model(refused, data):
    assert "a file must be a GGUF file (.gguf)" in refused("audit", "--model", data, "--data", data)


def test_a_model_folder_without_a_tokenizer(refused, data, tmp_path):
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors").touch()
    message = refused("audit", "--model", tmp_path, "--data", data, "--out", tmp_path / "out")
    assert message.startswith(f"{tmp_path}: the model folder holds no tokenizer")


def test_a_missing_extra_names_the_command(refused, data, tmp_path, monkeypatch):
    monkeypatch.delattr(calibrant.models, "_hf_load", raising=False)
    monkeypatch.delitem(sys.modules, "calibrant.models._hf_load", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    message = refused("audit", "--model", tmp_path, "--data", data)
    assert message.startswith("Loading a language model needs the package")
    assert message.endswith("Install it with: pip install 'calibrant[hf]'")


# Bad disks


def test_a_file_in_place_of_the_folder(refused, data, tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    message = refused("audit", "--model", "fake", "--data", data, "--out", tmp_path / "out")
    assert f"{tmp_path / 'out'}" in message
    assert "cannot be written" in message
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_no_write_permission(refused, data, tmp_path, monkeypatch):
    def forbidden(*_, dir, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(dir))

    monkeypatch.setattr("tempfile.mkstemp", forbidden)
    message = refused("audit", "--model", "fake", "--data", data, "--out", tmp_path / "out")
    assert f"{tmp_path / 'out' / 'readouts'}" in message
    assert message.endswith("cannot be written: Permission denied; nothing was changed")


@pytest.mark.parametrize("verb", ["fit", "evaluate", "report", "predict"])
def test_a_full_disk_damages_nothing(calibrant, refused, audited, tmp_path, monkeypatch, verb):
    out = {"fit": "artifact", "evaluate": "evaluation", "report": "page.html", "predict": "p.jsonl"}[verb]
    inputs = {
        "fit": [audited / "readouts", "--methods", "platt"],
        "evaluate": [audited / "readouts", "--artifact", audited / "artifact", "--n-boot", 5],
        "report": [audited / "evaluation.json"],
        "predict": [audited / "artifact", audited / "readouts"],
    }[verb]
    assert calibrant(verb, *inputs, "--out", tmp_path / out)[0] == 0
    before = files_of(tmp_path)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    message = refused(verb, *inputs, "--out", tmp_path / out)
    assert f"{tmp_path / out}" in message
    assert "No space left on device" in message
    assert files_of(tmp_path) == before


def test_a_disk_that_takes_no_more_of_a_file(data, tmp_path):
    # Not simulated: the system itself refuses to write files of more than 12 KiB, which a shard is.
    words = ("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--out", tmp_path / "out")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (12 << 10, 12 << 10))

    process = start(*words, preexec_fn=limit)
    _, err = process.communicate()
    assert process.returncode == 2
    assert one_line(err).startswith(f"calibrant: error: {tmp_path / 'out'}")
    assert "File too large" in err
    assert main([str(word) for word in words]) == 0
    assert len(load_readouts(tmp_path / "out").questions) == 200


def test_a_file_that_cannot_be_read_is_named(refused, audited, tmp_path):
    (tmp_path / "e.json").mkdir()
    message = refused("report", tmp_path / "e.json")
    assert str(tmp_path / "e.json") in message
    assert "Is a directory" in message


# Bad pipes, and Ctrl-C


def test_a_closed_pipe(audited):
    process = start("predict", audited / "artifact", audited / "readouts")
    with process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 2
    assert one_line(err) == "calibrant: error: the standard output was closed before everything was printed"


def test_a_closed_pipe_behind_a_table(audited, tmp_path):
    words = ("evaluate", audited / "readouts", "--artifact", audited / "artifact", "--n-boot", 5, "--out", tmp_path)
    process = start(*words)
    with process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 2
    assert one_line(err) == "calibrant: error: the standard output was closed before everything was printed"
    assert (tmp_path / "evaluation.json").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_the_standard_output(audited, tmp_path):
    # So short an output waits in a buffer until the end.
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        process = start("report", audited / "evaluation.json", "--out", tmp_path / "page.html", stdout=full)
        _, err = process.communicate()
    assert process.returncode == 2
    assert one_line(err) == "calibrant: error: No space left on device: while reading or printing"


def test_ctrl_c_loses_nothing_that_was_finished(calibrant, tmp_path):
    data = write_rows(tmp_path / "q.jsonl", make_rows(3200, seed=3))
    words = ("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--out", tmp_path / "out")
    # A shell that runs the tests in the background makes its children deaf to Ctrl-C.
    process = start(*words, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    first, second = (tmp_path / "out" / f"rows-0000{i}.parquet" for i in (0, 1))
    while not second.exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out) == (2, "")
    line = "calibrant: error: interrupted; what was finished is kept, and the same command goes on from there"
    assert one_line(err) == line
    time_of_first = first.stat().st_mtime_ns
    assert len(list(first.parent.glob("rows-*"))) < 13
    assert not list(first.parent.glob(".*"))

    assert calibrant(*words)[0] == 0
    assert calibrant(*words[:-1], tmp_path / "whole")[0] == 0
    assert first.stat().st_mtime_ns == time_of_first  # the shard in the making may be made again
    whole, resumed = load_readouts(tmp_path / "whole"), load_readouts(tmp_path / "out")
    assert resumed.table.equals(whole.table)
    rows = {name for name in files_of(tmp_path / "whole") if name.startswith("rows-")}
    assert {name: files_of(tmp_path / "out")[name] for name in rows} == {
        name: files_of(tmp_path / "whole")[name] for name in rows
    }


def test_the_status_is_returned_not_raised(capsys):
    assert main(["--help"]) == 0
    assert main(["nope"]) == 2
    capsys.readouterr()


def test_it_runs_as_a_module():
    process = start("--help")
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert out.startswith("usage: calibrant ")
