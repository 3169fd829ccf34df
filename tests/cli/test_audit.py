import json
import shlex

import pytest
from tests.cli.conftest import files_of, make_rows, without_time, write_rows

from calibrant.artifact import RAW, load_artifact
from calibrant.calibrators import CALIBRATORS
from calibrant.evaluation import read_evaluation
from calibrant.readouts import load_readouts


def evaluation_in(folder):
    return json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))


def test_the_folder_holds_what_was_promised(audited):
    top = {name.partition("/")[0] for name in files_of(audited)}
    assert top == {"report.html", "evaluation.json", "readouts", "artifact"}


def test_the_questions_are_counted(audited, rows):
    evaluation = evaluation_in(audited)
    test = [question.id for question in load_readouts(audited / "readouts").questions if question.id]
    assert len(test) == 200
    assert evaluation["provenance"]["splits"] == {"train": 100, "calibration": 40, "test": 60}
    assert evaluation["n"] + evaluation["n_unanswerable"] + evaluation["n_ungraded"] == 60
    total = sum(row["answer"] is not None for row in rows)
    assert evaluation["provenance"]["fitted_on"] + evaluation["n"] == total


def test_parts_share_no_group(audited):
    readouts = load_readouts(audited / "readouts")
    parts = [
        {readouts.questions[row].group for row in readouts.rows(part)} for part in ("train", "calibration", "test")
    ]
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]


def test_a_model_that_knows_nothing_is_found_out(audited):
    record = read_evaluation(evaluation_in(audited))
    assert record.before.metrics.expected_calibration_error.value > record.before.noise_floor.limit
    assert record.before.metrics.mean_confidence.value > record.before.metrics.accuracy.high
    assert record.chosen != RAW
    assert record.differences[record.chosen]["log_loss"].high < 0


def test_a_person_is_told_the_verdict_and_where_the_page_is(calibrant, quick, tmp_path):
    status, out, _ = calibrant(*quick, "--out", tmp_path / "out")
    evaluation = evaluation_in(tmp_path / "out")
    said = " ".join(out.split())
    assert status == 0
    assert evaluation["verdict"]["sentence"] in said
    assert "Raw softmax" in said
    assert str(tmp_path / "out" / "report.html") in out.replace("\n", "")


def test_json_is_all_that_a_program_gets(calibrant, quick, tmp_path):
    status, out, _ = calibrant(*quick, "--out", tmp_path / "out", "--json")
    assert status == 0
    assert json.loads(out) == evaluation_in(tmp_path / "out")
    assert out.count("\n") == 1


def test_the_command_is_the_one_that_was_given(calibrant, quick, tmp_path):
    words = [*map(str, quick), "--out", str(tmp_path / "an out")]
    calibrant(*words)
    provenance = evaluation_in(tmp_path / "an out")["provenance"]
    assert shlex.split(provenance["command"]) == ["calibrant", *words]
    assert provenance["seconds"] >= 0
    assert {"python", "calibrant", "numpy"} <= set(provenance["versions"])


def test_a_second_run_asks_the_model_nothing_and_says_the_same(calibrant, quick, tmp_path):
    words = (*quick, "--out", tmp_path / "out")
    calibrant(*words)
    before, times = files_of(tmp_path / "out"), {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*.parquet")}
    first = evaluation_in(tmp_path / "out")
    status, _, _ = calibrant(*words)
    after = files_of(tmp_path / "out")
    assert status == 0
    assert {name for name in before if before[name] != after[name]} <= {"evaluation.json", "report.html"}
    assert without_time(evaluation_in(tmp_path / "out")) == without_time(first)
    assert times == {path: path.stat().st_mtime_ns for path in times}


def test_other_maps_are_fitted_on_the_same_readouts(calibrant, quick, tmp_path):
    words = (*quick, "--out", tmp_path / "out", "--json")
    calibrant(*words)
    readouts = files_of(tmp_path / "out" / "readouts")
    status, out, _ = calibrant(*words, "--methods", "isotonic,platt")
    assert status == 0
    assert list(json.loads(out)["methods"]) == [RAW, "platt", "isotonic"]
    assert files_of(tmp_path / "out" / "readouts") == readouts
    assert list(load_artifact(tmp_path / "out" / "artifact").maps) == ["platt", "isotonic"]


@pytest.mark.parametrize("words", [["--seed", "1"], ["--readout", "letter"], ["--limit", "90"]])
def test_a_folder_of_another_run_is_refused_and_left_alone(refused, data, audited, words):
    before = files_of(audited)
    message = refused("audit", "--model", "fake", "--data", data, "--readout", "cloze", "--out", audited, *words)
    assert f"{audited / 'readouts'} was made with another" in message
    assert "name another folder, or delete this one" in message
    assert files_of(audited) == before


def test_the_seed_moves_everything_that_is_drawn(calibrant, quick, audited, tmp_path):
    status, out, _ = calibrant(*quick, "--seed", 1, "--out", tmp_path, "--json")
    evaluation, readouts, first = (
        json.loads(out),
        load_readouts(tmp_path / "readouts"),
        load_readouts(audited / "readouts"),
    )
    assert status == 0
    assert evaluation["settings"]["seed"] == evaluation["provenance"]["seed"] == 1
    assert load_artifact(tmp_path / "artifact").manifest["fitted_on"]["random_state"] == 1
    tested, trained = (
        {said.questions[row].id for row in said.rows(*parts)}
        for said, parts in ((readouts, ("test",)), (first, ("train", "calibration")))
    )
    assert tested & trained


def test_limit_and_the_better_readout(calibrant, quick, tmp_path):
    evaluation = json.loads(calibrant(*quick, "--out", tmp_path, "--json")[1])
    readout = evaluation["readout"]
    better = "letter" if readout["choice"]["letter"] > readout["choice"]["cloze"] else "cloze"
    assert evaluation["provenance"]["data"]["n"] == 100
    assert (readout["requested"], readout["kind"]) == ("auto", better)


def test_an_official_test_part_is_the_test_part(calibrant, data, tmp_path):
    official = make_rows(30, seed=9)
    for row in official:
        row |= {"id": f"t{row['id']}", "group": f"t{row['group']}", "question": f"{row['question']} And why?"}
    test = write_rows(tmp_path / "test.jsonl", official)
    words = ("audit", "--model", "fake", "--data", data, "--test-data", test, "--methods", "temperature")
    status, out, _ = calibrant(*words, "--out", tmp_path / "out", "--json")
    evaluation = json.loads(out)
    readouts = load_readouts(tmp_path / "out" / "readouts")
    assert status == 0
    assert {readouts.questions[row].id for row in readouts.rows("test")} == {row["id"] for row in official}
    assert sum(evaluation["provenance"]["splits"].values()) == 230
    assert evaluation["provenance"]["data"]["source"] == f"{data}, test part {test}"


def test_letter_readout(calibrant, quick, tmp_path):
    evaluation = json.loads(calibrant(*quick, "--readout", "letter", "--out", tmp_path, "--json")[1])
    assert evaluation["readout"]["kind"] == evaluation["readout"]["requested"] == "letter"
    assert 0 < evaluation["readout"]["label_mass"] < 0.2


def test_options_from_a_file(calibrant, data, tmp_path):
    config = tmp_path / "audit.yaml"
    lines = (f"data: {data}", f"out: {tmp_path / 'out'}", "model: fake", "methods: [platt]", "limit: 100", "json: true")
    config.write_text("\n".join(lines), encoding="utf-8")
    evaluation = json.loads(calibrant("audit", "--config", config, "--limit", 90)[1])
    assert list(evaluation["methods"]) == [RAW, "platt"]
    assert evaluation["provenance"]["data"]["n"] == 90  # what stands behind the file goes before it


def test_the_options_printed_are_fit_for_the_file(calibrant, data, tmp_path):
    words = ("audit", "--model", "fake", "--data", data, "--limit", 90, "--methods", "platt", "--out", tmp_path / "out")
    status, printed, _ = calibrant(*words, "--print-config")
    (tmp_path / "audit.yaml").write_text(printed, encoding="utf-8")
    assert status == 0
    assert not (tmp_path / "out").exists()
    assert calibrant("audit", "--config", tmp_path / "audit.yaml")[0] == 0
    assert list(evaluation_in(tmp_path / "out")["methods"]) == [RAW, "platt"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--methods", "wavelet"], f"methods must be names out of {', '.join(CALIBRATORS)}; got wavelet"),
        (["--methods", "platt,raw"], f"methods must be names out of {', '.join(CALIBRATORS)}; got raw"),
        (["--seed", "-1"], "seed must not be negative; got -1"),
    ],
)
def test_what_can_be_refused_is_refused_before_the_model_is_asked(refused, data, tmp_path, words, message):
    assert refused("audit", "--model", "fake", "--data", data, "--out", tmp_path / "out", *words) == message
    assert not (tmp_path / "out").exists()


def test_all_answers_right_is_still_a_report(calibrant, audited, tmp_path):
    # Whatever the fake model says is declared right.
    readouts = load_readouts(audited / "readouts")
    said = dict(zip([q.id for q in readouts.questions], readouts.option_logprobs(), strict=True))
    rows = [
        {"id": q.id, "question": q.question, "choices": q.choices, "answer": int(said[q.id].argmax()), "group": q.group}
        for q in readouts.questions
    ]
    right = write_rows(tmp_path / "right.jsonl", rows)
    words = ("audit", "--model", "fake", "--data", right, "--readout", "cloze", "--methods", "platt", "--json")
    status, out, _ = calibrant(*words, "--out", tmp_path / "out")
    auroc = json.loads(out)["methods"][RAW]["metrics"]["auroc"]
    assert status == 0
    assert auroc["value"] is None
    assert "all answers are right" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
