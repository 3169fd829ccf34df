import io

import numpy as np
from rich.console import Console
from tests.evaluation.test_survey import QUICK, said

from calibrant.cli.survey_table import print_survey
from calibrant.evaluation import Interview, make_survey, read_survey


def shown(interviews, width=200, **more):
    record = read_survey(make_survey(interviews, settings=QUICK, quiet=True, **more))
    stream = io.StringIO()
    print_survey(record, Console(file=stream, width=width, highlight=False))
    return record, stream.getvalue()


def test_every_number_of_every_cell():
    record, text = shown([said("a", "x", gap=0.2, sure=0.6), said("b", "y", source="options")])
    for cell in record.cells:
        line = next(line for line in text.splitlines() if line.startswith(f"{cell.model} "))
        numbers = line.split()[1:]
        values = (cell.accuracy, cell.mean_confidence, cell.right.mean, cell.wrong.mean, cell.gap)
        assert numbers[:5] == [f"{100 * one.value:.1f}".replace("-0.0", "0.0").replace("-", "−") for one in values]
        assert f"{100 * cell.gap.low:.0f} to {100 * cell.gap.high:.0f}".replace("-", "−") in text.replace("−0 ", "0 ")
    assert "stated, 40 read" in text
    assert "by options, 40 read" in text
    assert record.headline in " ".join(text.split())


def test_below_eight_models_no_correlation_and_from_eight_one():
    models = [said(str(i), right=i / 10, sure=0.9 - i / 20, seed=i) for i in range(1, 9)]
    _, few = shown(models[:3])
    record, many = shown(models)
    assert "No correlation over models: it takes at least 8 of one kind." in few
    assert "No correlation over models" not in many
    assert f"r = {record.correlations[0].value:.2f}".replace("-", "−") in many


def test_a_table_fits_a_narrow_terminal():
    _, text = shown([said("a-model-with-a-rather-long-name", gap=0.2, sure=0.6)], width=80)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert "chance" in text


def test_what_is_undefined_is_a_dash_and_names_do_not_steer_the_terminal():
    nothing = Interview(
        "[red]\x1b[0m", "x", "stated", np.full(3, np.nan), np.full(3, np.nan), list("abc"), ["all"] * 3, {"none": 3}, {}
    )
    _, text = shown([nothing], notes=["[bold]note"])
    assert "\x1b" not in text
    assert "[red]" in text
    assert "[bold]note" in text
    assert "stated, 0 read" in text
    assert "nan" not in text.lower()
