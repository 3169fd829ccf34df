"""Run inspect_ai on a few samples, with a mock model whose answers and log-probabilities are known.

``python write_inspect_logs.py FOLDER``: a process of its own, so that what inspect does to ``zipfile`` stays there.
"""

import math
import sys
from pathlib import Path


def main(folder):
    from inspect_ai import Task, eval
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import Logprob, Logprobs, ModelOutput, ModelUsage, TopLogprob, get_model
    from inspect_ai.scorer import Score, accuracy, choice, match, scorer
    from inspect_ai.solver import generate, multiple_choice, solver

    def output(text, *tokens):
        """Make an answer; a token is its text, its probability, and those of what might have stood there."""
        made = ModelOutput.from_content("mockllm/model", text)
        # Without it inspect counts tokens, for which it downloads a vocabulary.
        made.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        if tokens:
            made.choices[0].logprobs = Logprobs(
                content=[
                    Logprob(
                        token=token,
                        logprob=math.log(share),
                        top_logprobs=[TopLogprob(token=other, logprob=math.log(p)) for other, p in others.items()],
                    )
                    for token, share, others in tokens
                ]
            )
        return made

    @scorer(metrics=[accuracy()])
    def sure():
        async def score(state, target):
            right = target.text in state.output.completion
            return Score(value="C" if right else "I", metadata={"confidence": 0.75, "nested": {"p": 0.5}})

        return score

    @scorer(metrics=[accuracy()])
    def given():
        async def score(state, target):
            value = state.metadata["value"]
            return None if value == "none" else Score(value=value)

        return score

    @solver
    def fail_if_told():
        async def solve(state, generate):
            if state.metadata["value"] == "error":
                raise ValueError("told to fail")
            return await generate(state)

        return solve

    def run(name, samples, answers, solver, scorer, **settings):
        model = get_model("mockllm/model", custom_outputs=answers)
        task = Task(dataset=MemoryDataset(samples), solver=solver, scorer=scorer, name=name)
        eval(task, model=model, log_dir=str(folder / name), display="none", max_samples=1, **settings)

    sums = [
        Sample(id="a", input="2 + 2", target="4", metadata={"subject": "sums"}),
        Sample(id="b", input="9 + 1", target="10"),
    ]
    written = [output("4", ("4", 0.5, {})), output("11", ("1", 0.5, {}), ("1", 0.25, {}))]
    run("tokens", sums, written, generate(), [match(), sure()])
    letters = [
        output(
            "ANSWER: A", ("ANSWER", 0.9, {}), (":", 1.0, {}), (" A", 0.5, {" A": 0.5, "A": 0.1, " B": 0.2, "x": 0.1})
        ),
        output(
            "A? No.\nANSWER: B",
            ("A", 0.9, {"A": 0.9, "B": 0.1}),
            ("? No.\nANSWER:", 1.0, {}),
            (" B", 0.4, {" B": 0.4, "C": 0.4}),
        ),
    ]
    pick = [Sample(id=1, input="2 + 2", choices=["4", "5"], target="A")]
    for log_format in ("eval", "json"):
        run(f"letters_{log_format}", pick, letters, multiple_choice(), choice(), epochs=2, log_format=log_format)
    values = ["C", "I", "P", "N", 1, 0, 0.5, True, "yes", "no", "error", "none", "other"]
    graded = [
        Sample(id=f"{i:02}", input="?", target="x", metadata={"value": value, "confidence": i / 100})
        for i, value in enumerate(values)
    ]
    run("grades", graded, [output("x")] * 13, fail_if_told(), given(), fail_on_error=False)
    run("bare", sums, [output("4"), output("11")], generate(), match())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
