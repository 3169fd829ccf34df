import numpy as np

from calibrant.evaluation import EvaluationSettings
from calibrant.evaluation._head import ONLY, head_of
from calibrant.predictions import InMemory, Predictions


def test_what_was_read_stands_in_it():
    source = InMemory(Predictions(np.ones(1), np.ones(1)), "answers.csv", "csv", "Stated", {"confidence": "p"})
    said, settings = {"sentence": "So.", "n": 1}, EvaluationSettings(seed=3)
    head = head_of(source, said, {"subjects": []}, 5, settings, {"command": "calibrant evaluate"})
    assert head["verdict"] is said
    assert head["methods"] == {ONLY: {"label": "Stated", "subjects": []}}
    made = head["provenance"]
    assert made["predictions"] == {"format": "csv", "facts": {"confidence": "p"}}
    assert (made["data"]["source"], made["data"]["n"], made["seed"]) == ("answers.csv", 5, 3)
    assert made["command"] == "calibrant evaluate"
    assert head["settings"]["seed"] == 3
