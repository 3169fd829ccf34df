"""Run lm-evaluation-harness on a few local questions, with a model whose log-likelihoods are known.

``python write_lm_eval_logs.py FOLDER``: a process of its own, so that what the harness sets at import stays there.
"""

import json
import math
import os
import sys
from pathlib import Path

WEIGHTS = {"Mars": 3, "Oak": 1, "Cat": 1, "Dog": 2, "Hen": 1, "up": 1, "down": 1, "1": 1, "2": 2, "0": 1}
WORDS = [
    {"q": "Which is a planet?", "options": ["Mars", "Oak"], "gold": 0, "kind": "sky"},
    {"q": "Which lays eggs?", "options": ["Cat", "Dog", "Hen"], "gold": 2, "kind": "farm"},
    {"q": "Where is down?", "options": ["up", "down"], "gold": 1, "kind": "sky"},
]
NUMERALS = [{"q": "One and one?", "options": ["1", "2", "0"], "right": "2"}]


def main(folder):
    os.environ |= {"HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(folder / "cache")}
    import lm_eval
    from lm_eval.api.model import LM
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    class Known(LM):
        def loglikelihood(self, requests):
            return [(math.log(WEIGHTS[request.args[1].strip()] / 100), False) for request in requests]

        def loglikelihood_rolling(self, requests):
            raise NotImplementedError

        def generate_until(self, requests):
            return ["Mars" for _ in requests]

    def task(name, rows, **settings):
        data = folder / f"{name}.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return {
            "task": name,
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": str(data)}},
            "test_split": "test",
            "doc_to_text": "{{q}}",
        } | settings

    choice = {"output_type": "multiple_choice", "doc_to_choice": "options"}
    accuracy = {"metric": "acc", "aggregation": "mean", "higher_is_better": True}
    match = {"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}
    first = {"function": "take_first"}
    twice = [{"name": "plain", "filter": [first]}, {"name": "again", "filter": [first]}]
    tasks = [
        task("by_index", WORDS, doc_to_target="gold", metric_list=[accuracy], **choice),
        task("by_words", WORDS, doc_to_target="{{options[gold]}}", metric_list=[accuracy], **choice),
        task("numerals", NUMERALS, doc_to_target="right", metric_list=[accuracy], **choice),
        task("several", WORDS[:1], doc_to_target="{{[0, 1]}}", metric_list=[accuracy], **choice),
        task("filtered", WORDS, doc_to_target="gold", metric_list=[accuracy], filter_list=twice, **choice),
        task("one_text", WORDS, doc_to_target="{{options[gold]}}", output_type="loglikelihood", metric_list=[accuracy]),
        task(
            "written",
            [row | {"sure": 0.25} for row in WORDS],
            doc_to_target="{{options[gold]}}",
            output_type="generate_until",
            metric_list=[match],
            generation_kwargs={"until": ["\n"]},
        ),
    ]
    tracker = EvaluationTracker(output_path=str(folder / "out"))
    results = lm_eval.simple_evaluate(
        model=Known(),
        tasks=tasks,
        task_manager=TaskManager(include_defaults=False),
        log_samples=True,
        evaluation_tracker=tracker,
        bootstrap_iters=0,
    )
    samples = results.pop("samples")
    tracker.save_results_aggregated(results=results, samples=samples)
    for name, rows in samples.items():
        tracker.save_results_samples(name, rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
