"""Cloze readout against lm-evaluation-harness: same model, prompts, targets, machine and run.

    .venv/bin/pip install -c constraints.txt -r benchmarks/requirements.txt
    .venv/bin/python benchmarks/readout.py --data QUESTIONS.jsonl

Each system runs in a process of its own, in turn, several times: `calibrant.readouts.read` from questions to rows on
disk, and `HFLM._loglikelihood_tokens` of the harness (float32, batch 16) from the tokens of the same prompts and
targets to log-likelihoods. Printed are questions a second and their ratio pair by pair, peak memory, the largest
difference between two log-likelihoods of one option, and the share of the machine's own float32 matrix-multiply rate
that the arithmetic needed reached.
"""

import argparse
import json
import logging
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BATCH = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="JSONL file of multiple-choice questions")
    parser.add_argument("--limit", type=int, default=300, help="the first so many of them")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--worker", choices=["calibrant", "harness"], help=argparse.SUPPRESS)
    parser.add_argument("--exchange", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps({"calibrant": run_calibrant, "harness": run_harness}[arguments.worker](arguments)))
        return
    results: dict[str, list[dict]] = {"calibrant": [], "harness": []}
    with tempfile.TemporaryDirectory() as work:
        for _ in range(arguments.repeats):
            for name, runs in results.items():
                command = [sys.executable, __file__, "--worker", name, "--exchange", f"{work}/requests.json"]
                command += ["--data", str(arguments.data), "--limit", str(arguments.limit)]
                done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
                runs.append(json.loads(done.stdout.splitlines()[-1]))
                print(f"{name:10} {runs[-1]['rate']:6.2f} questions/s, peak {runs[-1]['peak_mb']:5.0f} MB", flush=True)
    show(results)


def show(results: dict[str, list[dict]]) -> None:
    ratios = [own["rate"] / other["rate"] for own, other in zip(results["calibrant"], results["harness"], strict=True)]
    gap = max(
        abs(a - b)
        for own, other in zip(results["calibrant"], results["harness"], strict=True)
        for first, second in zip(own["logprobs"], other["logprobs"], strict=True)
        for a, b in zip(first, second, strict=True)
    )
    shares = [own["needed_flops"] / own["seconds"] / own["matmul_flops"] for own in results["calibrant"]]
    print(f"ratio of questions/s: median {statistics.median(ratios):.2f}, min {min(ratios):.2f}, max {max(ratios):.2f}")
    print(f"largest difference of an option's log-likelihood: {gap:.1e} nats")
    rate = statistics.median(own["matmul_flops"] for own in results["calibrant"]) / 1e9
    print(f"share of the float32 matmul rate ({rate:.0f} GFLOP/s): median {statistics.median(shares):.2f}")


def run_calibrant(arguments: argparse.Namespace) -> dict:
    from calibrant.data import read_questions
    from calibrant.models import common_head, count_nodes, load_model
    from calibrant.readouts import PromptTemplate, read
    from calibrant.readouts._prompts import build_prompts

    questions = read_questions(arguments.data)[: arguments.limit]
    model = load_model()
    with tempfile.TemporaryDirectory() as work:
        read(model, {"test": questions[:BATCH]}, Path(work) / "warm", kind="cloze", quiet=True)
        started = time.perf_counter()
        readouts = read(model, {"test": questions}, Path(work) / "timed", kind="cloze", quiet=True)
        seconds = time.perf_counter() - started
        logprobs = [values.tolist() for values in readouts.option_logprobs()]
    prompts = build_prompts(model, questions, PromptTemplate(), "cloze")
    head = common_head(prompts)
    nodes = sum(count_nodes(prompt, head=head) for prompt in prompts)
    reads = sum(len({path[:end] for path in prompt.continuations for end in range(len(path))}) for prompt in prompts)
    network = model._network
    requests = [[prompt.tokens, prompt.continuations] for prompt in prompts]
    arguments.exchange.write_text(json.dumps({"folder": network.name_or_path, "requests": requests}))
    embedding = network.get_input_embeddings().weight.numel()
    needed = 2 * (network.num_parameters() - embedding) * nodes + 2 * embedding * reads
    return result(seconds, logprobs) | {"needed_flops": needed, "matmul_flops": matmul_rate()}


def run_harness(arguments: argparse.Namespace) -> dict:
    logging.disable(logging.WARNING)
    from lm_eval.models.huggingface import HFLM

    # The harness is given the tokens: left to itself it counts the line feed that ends the chat template as the first
    # token of every target, which adds the same log-probability (here up to 0.003 nats) to all options of a question.
    exchange = json.loads(arguments.exchange.read_text())
    requests = [
        ((str(number), str(tokens)), prompt, tokens)
        for number, (prompt, continuations) in enumerate(exchange["requests"])
        for tokens in continuations
    ]
    harness = HFLM(pretrained=exchange["folder"], dtype="float32", batch_size=BATCH, device="cpu")
    harness._loglikelihood_tokens(requests[: 4 * BATCH], disable_tqdm=True)
    started = time.perf_counter()
    values = iter(harness._loglikelihood_tokens(requests, disable_tqdm=True))
    seconds = time.perf_counter() - started
    return result(seconds, [[next(values)[0] for _ in continuations] for _, continuations in exchange["requests"]])


def result(seconds: float, logprobs: list[list[float]]) -> dict:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux
    return {"seconds": seconds, "rate": len(logprobs) / seconds, "peak_mb": peak, "logprobs": logprobs}


def matmul_rate(size: int = 4096, repeats: int = 5) -> float:
    import torch

    left, right = torch.randn(size, size), torch.randn(size, size)
    best = float("inf")
    for _ in range(repeats):
        started = time.perf_counter()
        left @ right
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


if __name__ == "__main__":
    main()
