"""Scores of free answers against lm-polygraph: same model, prompts, texts, machine and run.

    python -m venv polygraph && polygraph/bin/pip install torch==2.13.0 lm-polygraph==0.7.0
    .venv/bin/python benchmarks/polygraph.py --python polygraph/bin/python

lm-polygraph brings many packages of its own, so that it may live in an environment of its own, named by `--python`.

First the agreement, on open questions of world-facts. lm-polygraph answers greedily, draws ten samples, and says the
log-probability of the greedy answer, the logarithm of its perplexity, its mean token entropy, the log-probability of
True after its own prompt for P(True), two semantic entropies for sets of equal texts, and one entropy without sets.
Calibrant gives its own greedy answer (it must be the same tokens), and for the same samples and prompts its own
log-probabilities, of which its own functions make the scores. Printed is the largest difference of each. lm-polygraph
forbids the model to end its answer at the first two tokens, which changes the probabilities of what is said there; for
the agreement it is told not to. Both then run in float64: in float32 rounding alone moves the log-probability of a
whole sample by some 1e-4 (`--dtype float32` shows it). That goes for lm-polygraph's softmax over the vocabulary too,
which it takes of logits in float32, with an error of up to 2e-5 a token that is alike for all tokens of a place; for
the agreement it is taken of the same logits in float64.

Then the speed: greedy answer, five samples, token scores and P(True), at most 32 tokens an answer, in float32, each
system in a process of its own, in turn, several times. Calibrant's time is that of `calibrant.readouts.ask` with all
rows written to disk (its P(True) reads each answer in both orders of True and False) and of the scores; lm-polygraph's
is that of its calculators and estimators in batches of `--batch`, without attentions, which these scores do not need.
Printed are questions a second, tokens an answer, and the ratio pair by pair.
"""

import argparse
import json
import logging
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MAX_TOKENS = 32
N_SAMPLES = {"agreement": 10, "speed": 5}
P_TRUE = (
    "Question: {q}\n Possible answer:{a}\n Is the possible answer:\n (A) True\n (B) False\n The possible answer is:"
)
"""The words of lm-polygraph's P(True)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the Python that has lm-polygraph; default: this one")
    parser.add_argument("--agreement", type=int, default=50, help="questions to compare scores on; 0 for none")
    parser.add_argument("--speed", type=int, default=100, help="questions to time; 0 for none")
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64", help="of the agreement")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16, help="questions a batch of lm-polygraph")
    parser.add_argument("--worker", choices=list(WORKERS), help=argparse.SUPPRESS)
    parser.add_argument("--exchange", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps(WORKERS[arguments.worker](arguments)))
        return
    with tempfile.TemporaryDirectory() as work:
        exchange = Path(work) / "exchange.json"
        exchange.write_text(json.dumps(call("prepare", sys.executable, arguments, exchange)), encoding="utf-8")
        if arguments.agreement:
            theirs = call("theirs-agreement", arguments.python, arguments, exchange)
            content = json.loads(exchange.read_text(encoding="utf-8")) | {"theirs": theirs}
            exchange.write_text(json.dumps(content), encoding="utf-8")
            show_agreement(theirs, call("ours-agreement", sys.executable, arguments, exchange))
        if arguments.speed:
            results: dict[str, list[dict]] = {"calibrant": [], "lm-polygraph": []}
            for _ in range(arguments.repeats):
                for name, runs in results.items():
                    ours = name == "calibrant"
                    worker, python = ("ours-speed", sys.executable) if ours else ("theirs-speed", arguments.python)
                    runs.append(call(worker, python, arguments, exchange))
                    print(
                        f"{name:12} {runs[-1]['rate']:6.3f} questions/s, {runs[-1]['tokens']:4.1f} tokens an answer, "
                        f"peak {runs[-1]['peak_mb']:5.0f} MB",
                        flush=True,
                    )
            pairs = zip(results["calibrant"], results["lm-polygraph"], strict=True)
            ratios = [own["rate"] / other["rate"] for own, other in pairs]
            print(
                f"ratio of questions/s: median {statistics.median(ratios):.2f}, min {min(ratios):.2f}, "
                f"max {max(ratios):.2f}"
            )


def call(worker: str, python: str, arguments: argparse.Namespace, exchange: Path) -> dict:
    command = [python, __file__, "--worker", worker, "--exchange", str(exchange), "--batch", str(arguments.batch)]
    command += ["--agreement", str(arguments.agreement), "--speed", str(arguments.speed), "--dtype", arguments.dtype]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def show_agreement(theirs: dict, ours: dict) -> None:
    same = [own == other for own, other in zip(ours["tokens"], theirs["tokens"], strict=True)]
    print(f"greedy answers of the same tokens: {sum(same)} of {len(same)}")
    for name, values in ours["scores"].items():
        # A score of the greedy answer says nothing about another answer.
        counted = same if name in GREEDY else [True] * len(same)
        rows = zip(values, theirs["scores"][name], counted, strict=True)
        gaps = [abs(own - other) for own, other, counts in rows if counts]
        print(f"{name:30} {len(gaps):4} answers, largest difference {max(gaps, default=math.nan):.1e}")


GREEDY = ("sequence log-probability", "log perplexity", "mean token entropy")


def prepare(arguments: argparse.Namespace) -> dict:
    from calibrant.data import load_questions, open_questions
    from calibrant.models import load_model
    from calibrant.readouts import AnswerTemplate

    model, template = load_model(), AnswerTemplate()
    questions = open_questions(load_questions("world-facts"))
    # Spread over the whole list, in which neighbours ask alike.
    n = min(max(arguments.agreement, arguments.speed), len(questions))
    asked = [questions[place * len(questions) // n] for place in range(n)]
    return {
        "folder": model._network.name_or_path,
        "questions": [question.model_dump(mode="json") for question in asked],
        "prompts": [model.render(template.messages(question)) for question in asked],
    }


def theirs_agreement(arguments: argparse.Namespace) -> dict:
    from lm_polygraph import estimators

    exchange = json.loads(arguments.exchange.read_text(encoding="utf-8"))
    model = their_model(exchange["folder"], arguments.dtype, may_end_early=True)
    prompts = exchange["prompts"][: arguments.agreement]
    found: dict = {"tokens": [], "texts": [], "samples": [], "sets": [], "scores": {}}
    scores = {
        "sequence log-probability": (estimators.MaximumSequenceProbability(), -1),
        "log perplexity": (estimators.Perplexity(), 1),
        "mean token entropy": (estimators.MeanTokenEntropy(), 1),
        "log P(True)": (estimators.PTrue(), -1),
        "semantic entropy, likelihoods": (estimators.SemanticEntropy(), 1),
        "semantic entropy, frequencies": (estimators.SemanticEntropy(class_probability_estimation="frequency"), 1),
        "Monte Carlo sequence entropy": (estimators.MonteCarloSequenceEntropy(), 1),
    }
    for start in range(0, len(prompts), arguments.batch):
        stats = calculate(model, prompts[start : start + arguments.batch], N_SAMPLES["agreement"])
        sets = [same_texts(texts) for texts in stats["sample_texts"]]
        stats["semantic_classes_entail"] = {
            "sample_to_class": sets,
            "class_to_sample": [
                [[i for i, own in enumerate(row) if own == k] for k in sorted(set(row))] for row in sets
            ],
        }
        found["tokens"] += [[int(token) for token in row] for row in stats["greedy_tokens"]]
        found["texts"] += stats["greedy_texts"]
        # The token that ended a sample counts in its log-probability, and is not among its tokens.
        end = model.tokenizer.eos_token_id
        found["samples"] += [
            [tokens if len(tokens) == MAX_TOKENS else [*tokens, end] for tokens in row]
            for row in stats["sample_tokens"]
        ]
        found["sets"] += sets
        for name, (estimator, sign) in scores.items():
            found["scores"].setdefault(name, []).extend(float(sign * value) for value in estimator(stats))
    return found


def ours_agreement(arguments: argparse.Namespace) -> dict:
    import numpy as np
    import torch

    from calibrant.data import Question
    from calibrant.models import GenerationRequest, Prompt, load_model
    from calibrant.readouts import AnswerTemplate
    from calibrant.scores import (
        mean_token_entropy,
        monte_carlo_semantic_entropy,
        perplexity,
        predictive_entropy,
        semantic_entropy,
        sequence_logprob,
    )

    exchange = json.loads(arguments.exchange.read_text(encoding="utf-8"))
    theirs, model = exchange["theirs"], load_model()
    model._network.to(getattr(torch, arguments.dtype))
    prompts = exchange["prompts"][: arguments.agreement]
    questions = [Question.model_validate(question) for question in exchange["questions"][: arguments.agreement]]
    request = GenerationRequest(max_tokens=MAX_TOKENS)
    answers = [own[0] for own in model.generate([AnswerTemplate().messages(one) for one in questions], request)]
    spelt = [tuple(model._tokenizer.decode([token]) for token in tokens) for tokens in theirs["tokens"]]
    # Answers are compared token by token in their spelling, in which Calibrant keeps them.
    tokens = [
        other if "".join(answer.tokens) == "".join(words) and len(answer.tokens) == len(words) else []
        for answer, words, other in zip(answers, spelt, theirs["tokens"], strict=True)
    ]
    encoded = model.encode(prompts)
    samples = [
        [float(values.sum()) for values in model.score([Prompt(tuple(prompt), tuple(map(tuple, own)))])[0].logprobs]
        for prompt, own in zip(encoded, theirs["samples"], strict=True)
    ]
    [true] = model._tokenizer("True", add_special_tokens=False)["input_ids"]
    texts = [P_TRUE.format(q=prompt, a=text) for prompt, text in zip(prompts, theirs["texts"], strict=True)]
    p_true = [float(model.score([Prompt(tuple(own), ((true,),))])[0].logprobs[0][0]) for own in model.encode(texts)]
    logprobs, sets = [answer.logprobs for answer in answers], theirs["sets"]
    scores = {
        "sequence log-probability": sequence_logprob(logprobs),
        "log perplexity": np.log(perplexity(logprobs)),
        "mean token entropy": mean_token_entropy([answer.entropies for answer in answers]),
        "log P(True)": np.array(p_true),
        "semantic entropy, likelihoods": monte_carlo_semantic_entropy(sets, samples),
        "semantic entropy, frequencies": semantic_entropy(sets),
        "Monte Carlo sequence entropy": predictive_entropy(samples),
    }
    return {"tokens": tokens, "scores": {name: values.tolist() for name, values in scores.items()}}


def theirs_speed(arguments: argparse.Namespace) -> dict:
    from lm_polygraph import estimators

    exchange = json.loads(arguments.exchange.read_text(encoding="utf-8"))
    model = their_model(exchange["folder"], "float32")
    prompts = exchange["prompts"][: arguments.speed]
    scores = [
        estimators.MaximumSequenceProbability(),
        estimators.Perplexity(),
        estimators.MeanTokenEntropy(),
        estimators.PTrue(),
    ]
    calculate(model, prompts[:2], 1)
    started = time.perf_counter()
    n_tokens = []
    for start in range(0, len(prompts), arguments.batch):
        stats = calculate(model, prompts[start : start + arguments.batch], N_SAMPLES["speed"])
        for estimator in scores:
            estimator(stats)
        n_tokens += [len(tokens) for row in (stats["greedy_tokens"], *stats["sample_tokens"]) for tokens in row]
    return result(time.perf_counter() - started, len(prompts), n_tokens)


def ours_speed(arguments: argparse.Namespace) -> dict:
    from calibrant.data import Question
    from calibrant.models import load_model
    from calibrant.readouts import ask
    from calibrant.scores import mean_token_entropy, perplexity, sequence_logprob

    exchange = json.loads(arguments.exchange.read_text(encoding="utf-8"))
    questions = [Question.model_validate(question) for question in exchange["questions"][: arguments.speed]]
    model = load_model()
    with tempfile.TemporaryDirectory() as work:
        options = {"max_tokens": MAX_TOKENS, "p_true": ["p-true"], "quiet": True}
        ask(model, {"test": questions[:2]}, Path(work) / "warm", samples=1, **options)
        started = time.perf_counter()
        answers = ask(model, {"test": questions}, Path(work) / "timed", samples=N_SAMPLES["speed"], **options)
        columns = {name: answers.table.column(name).to_pylist() for name in ("logprobs", "entropies", "samples")}
        for measure, name in (
            (sequence_logprob, "logprobs"),
            (perplexity, "logprobs"),
            (mean_token_entropy, "entropies"),
        ):
            measure(columns[name])
        seconds = time.perf_counter() - started
    n_tokens = [len(own) for own in columns["logprobs"]]
    n_tokens += [sample["n_tokens"] for row in columns["samples"] for sample in row]
    return result(seconds, len(questions), n_tokens)


def their_model(folder: str, dtype: str, *, may_end_early: bool = False):  # noqa: ANN201
    import torch
    from lm_polygraph.utils.generation_parameters import GenerationParameters
    from lm_polygraph.utils.model import WhiteboxModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    logging.disable(logging.WARNING)

    class Precise(WhiteboxModel._ScoresProcessor):
        def __call__(self, input_ids=None, scores=None):  # noqa: ANN001, ANN204
            super().__call__(input_ids, scores.to(getattr(torch, dtype)))
            return scores

    class Model(WhiteboxModel):
        _ScoresProcessor = Precise

        def generate(self, **options):  # noqa: ANN003, ANN202
            if may_end_early:
                options.pop("min_new_tokens", None)
            return super().generate(**options)

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    # All tokens may be drawn, as with Calibrant.
    return Model(network, tokenizer, folder, "CausalLM", GenerationParameters(top_k=0))


def calculate(model, prompts: list[str], n_samples: int) -> dict:  # noqa: ANN001
    from lm_polygraph.stat_calculators.entropy import EntropyCalculator
    from lm_polygraph.stat_calculators.greedy_probs import GreedyProbsCalculator
    from lm_polygraph.stat_calculators.prompt import PromptCalculator
    from lm_polygraph.stat_calculators.sample import SamplingGenerationCalculator

    stats: dict = {"input_texts": prompts}
    for calculator in (
        GreedyProbsCalculator(output_attentions=False),
        EntropyCalculator(),
        SamplingGenerationCalculator(n_samples),
        PromptCalculator(),
    ):
        stats |= calculator(stats, prompts, model, max_new_tokens=MAX_TOKENS)
    return stats


def same_texts(texts: list[str]) -> list[int]:
    numbers: dict[str, int] = {}
    return [numbers.setdefault(" ".join(text.lower().split()), len(numbers)) for text in texts]


def result(seconds: float, n: int, n_tokens: list[int]) -> dict:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux
    return {"seconds": seconds, "rate": n / seconds, "tokens": sum(n_tokens) / len(n_tokens), "peak_mb": peak}


WORKERS = {
    "prepare": prepare,
    "theirs-agreement": theirs_agreement,
    "ours-agreement": ours_agreement,
    "theirs-speed": theirs_speed,
    "ours-speed": ours_speed,
}

if __name__ == "__main__":
    main()
