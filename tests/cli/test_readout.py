import json
import shutil

import pytest
from tests.cli.conftest import files_of, write_rows

from calibrant.cli.readout import draw
from calibrant.data import Question
from calibrant.exceptions import InputError
from calibrant.readouts import load_readouts


def test_what_was_read_is_said_in_one_line(calibrant, data, tmp_path):
    status, out, _ = calibrant("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--out", tmp_path)
    assert (status, out) == (
        0,
        f"200 questions (100 train, 40 calibration, 60 test), readout cloze, in {tmp_path}\n",
    )


def test_hidden_states_are_kept_on_request(calibrant, data, tmp_path):
    words = ("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--limit", 40, "--out", tmp_path)
    options = ("--hidden-layers", "0,2", "--hidden-positions", "last_prompt,last_option", "--hidden-dtype", "float16")
    assert calibrant(*words, *options)[0] == 0
    readouts = load_readouts(tmp_path)
    for states, question in zip(readouts.hidden(), readouts.questions, strict=True):
        assert states.shape == (1 + len(question.choices), 2, 8)


def test_one_hidden_layer_needs_no_comma(calibrant, data, tmp_path):
    words = ("readout", "--model", "fake", "--data", data, "--readout", "letter", "--limit", 40, "--out", tmp_path)
    assert calibrant(*words, "--hidden-layers=1")[0] == 0
    assert load_readouts(tmp_path).hidden()[0].shape == (1, 1, 8)


def test_hidden_states_that_cannot_be_had_are_refused(refused, data, tmp_path):
    words = ("readout", "--model", "fake", "--data", data, "--out", tmp_path / "out", "--hidden-layers")
    assert "name letter or cloze" in refused(*words, "0")
    assert "must lie in 0 to 2 for this model; got 3" in refused(*words, "3", "--readout", "cloze")


def test_other_readings_are_kept_on_request(calibrant, data, tmp_path):
    out = tmp_path / "out"
    words = ("readout", "--model", "fake", "--data", data, "--readout", "letter", "--limit", 40, "--out", out)
    assert calibrant(*words, "--orders", "cyclic", "--context")[0] == 0
    readouts = load_readouts(out)
    for question, context, orders in zip(
        readouts.questions, readouts.context_logprobs(), readouts.order_logprobs(), strict=True
    ):
        k = len(question.choices)
        assert (context.shape, orders.shape) == ((k,), (k, k))


def test_other_readings_that_cannot_be_had_are_refused(refused, data, tmp_path):
    words = ("readout", "--model", "fake", "--data", data, "--out", tmp_path / "out")
    assert "need a fixed readout: name letter or cloze" in refused(*words, "--context")
    assert "need a fixed readout: name letter" in refused(*words, "--orders", "cyclic")
    assert "needs --readout letter" in refused(*words, "--orders", "cyclic", "--readout", "cloze")
    assert "must be given or cyclic" in refused(*words, "--orders", "random")


def test_a_template_is_used(calibrant, data, tmp_path):
    template = tmp_path / "prompt.jinja"
    template.write_text("Think: {{ question }}", encoding="utf-8")
    words = ("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--limit", 40)
    calibrant(*words, "--template", template, "--out", tmp_path / "a")
    calibrant(*words, "--out", tmp_path / "b")
    one, other = load_readouts(tmp_path / "a"), load_readouts(tmp_path / "b")
    assert one.manifest["template"]["text"] == "Think: {{ question }}"
    assert one.option_logprobs()[0].tolist() != other.option_logprobs()[0].tolist()
    assert one.identity != other.identity


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{{ question", "template, line 1"),
        ("{{ nothing }}", "it sees question, choices"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(refused, data, tmp_path, content, message):
    template = tmp_path / "prompt.jinja"
    template.write_bytes(content if isinstance(content, bytes) else content.encode())
    words = ("readout", "--model", "fake", "--data", data, "--template", template, "--out", tmp_path / "out")
    assert message in refused(*words)


def test_a_template_that_is_not_there_is_named(refused, data, tmp_path):
    message = refused("readout", "--model", "fake", "--data", data, "--template", tmp_path / "none")
    assert message == f"template: {tmp_path / 'none'} cannot be read: No such file or directory"


def test_examples_are_shown_and_not_asked(calibrant, data, rows, tmp_path):
    examples = write_rows(tmp_path / "examples.jsonl", [rows[1], rows[2] | {"question": rows[2]["question"].upper()}])
    words = ("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--examples", examples)
    assert calibrant(*words, "--out", tmp_path / "out")[0] == 0
    readouts = load_readouts(tmp_path / "out")
    assert [example["id"] for example in readouts.manifest["template"]["examples"]] == [rows[1]["id"], rows[2]["id"]]
    asked = {question.id for question in readouts.questions}
    assert asked == {row["id"] for row in rows} - {rows[1]["id"], rows[2]["id"]}


def test_an_example_from_the_test_data_is_refused(refused, data, rows, tmp_path):
    other = rows[1] | {"id": "t", "group": "t", "question": f"  {rows[1]['question'].lower()}"}
    test = write_rows(tmp_path / "test.jsonl", [other])
    examples = write_rows(tmp_path / "examples.jsonl", [rows[1]])
    words = ("readout", "--model", "fake", "--data", data, "--test-data", test, "--examples", examples)
    message = refused(*words, "--out", tmp_path / "out")
    assert message == "examples: question 't' of the test data is shown as an example; take it out"
    assert not (tmp_path / "out").exists()


def test_an_example_without_an_answer_is_refused(refused, data, rows, tmp_path):
    examples = write_rows(tmp_path / "examples.jsonl", [rows[0]])
    message = refused("readout", "--model", "fake", "--data", data, "--examples", examples)
    assert "question 'q0000' has no options with a right one to show" in message


def test_a_folder_with_something_else_in_it_is_left_alone(refused, data, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    message = refused("readout", "--model", "fake", "--data", data, "--out", tmp_path)
    assert message == f"{tmp_path} is not empty and holds no readouts: name another folder"
    assert files_of(tmp_path) == {"thesis.txt": b"mine"}


def test_duplicates_are_counted_and_left_out(calibrant, rows, tmp_path):
    again = [row | {"id": f"again {row['id']}"} for row in rows[:20]]
    data = write_rows(tmp_path / "data.jsonl", [*rows, *again])
    assert (
        calibrant("readout", "--model", "fake", "--data", data, "--readout", "cloze", "--out", tmp_path / "out")[0] == 0
    )
    facts = load_readouts(tmp_path / "out").manifest["data"]
    assert (facts["n"], facts["n_duplicates"]) == (200, 20)


def test_a_changed_shard_is_noticed(refused, data, audited, tmp_path):
    shutil.copytree(audited / "readouts", tmp_path / "readouts")
    path = tmp_path / "readouts" / "rows-00000.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    assert f"{path} was changed or lost" in refused("fit", tmp_path / "readouts")


def test_an_unfinished_folder_says_what_to_do(refused, audited, tmp_path):
    shutil.copytree(audited / "readouts", tmp_path / "readouts")
    manifest = json.loads((tmp_path / "readouts" / "manifest.json").read_text(encoding="utf-8"))
    for key in ("finished", "files"):
        manifest.pop(key, None)
    (tmp_path / "readouts" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "is not finished: run the same command again" in refused("fit", tmp_path / "readouts")


def numbered(n):
    return [Question(id=str(i), question=str(i)) for i in range(n)]


def test_draw_keeps_the_order_and_depends_on_the_seed():
    drawn = draw(numbered(100), 10, seed=0)
    assert len(drawn) == 10
    assert drawn == sorted(drawn, key=lambda question: int(question.id)) == draw(numbered(100), 10, seed=0)
    assert drawn != draw(numbered(100), 10, seed=1)


def test_a_larger_draw_holds_the_smaller_one():
    small, large = (draw(numbered(100), limit, seed=0) for limit in (10, 30))
    assert {question.id for question in small} < {question.id for question in large}


@pytest.mark.parametrize("limit", [None, 5, 100])
def test_a_limit_that_does_not_bind(limit):
    assert draw(numbered(5), limit, seed=0) == numbered(5)


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_below_one(limit):
    with pytest.raises(InputError, match=f"^limit must be at least 1; got {limit}"):
        draw(numbered(5), limit, seed=0)
