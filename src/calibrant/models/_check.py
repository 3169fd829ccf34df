"""The check that an adapter makes of itself on load: what is wrong in the numbers must not be found in a report."""

from collections.abc import Callable, Sequence

import numpy as np

from calibrant.exceptions import ModelError
from calibrant.models._protocol import LanguageModel, Message, Prompt, Reading
from calibrant.models._tree import common_head
from calibrant.types import FloatArray

PROBES = (
    ("What is the capital of France?", ("Paris", "Lyon", "Paris, of course", "London")),
    ("Is ice colder than boiling water? Think of a kettle on a winter's day before you answer.", ("Yes", "No")),
    ("2 + 2 =", ("4", "22", "four", "5", "three")),
)
"""Three questions of different lengths and with different numbers of options."""


def probe_prompts(model: LanguageModel) -> list[Prompt]:
    """Return small prompts of different lengths, as the model's own tokens."""
    n_opening = len(model.encode([""])[0])  # what opens a text does not open an answer
    prompts = []
    for question, options in PROBES:
        text = model.render([Message("user", question)])
        answers = model.encode([model.answer_prefix + option for option in options])
        prompts.append(Prompt(tuple(model.encode([text])[0]), tuple(tuple(tokens[n_opening:]) for tokens in answers)))
    return prompts


def check_model(
    model: LanguageModel,
    *,
    vocabulary: int,
    tolerance: float,
    reference: Callable[[Prompt], Sequence[FloatArray]] | None = None,
) -> None:
    """Raise ``ModelError`` unless the model's numbers agree with each other.

    Batched answers must equal single ones, answers behind a shared head those without, both the ``reference`` where
    there is one, and the probabilities of all tokens must sum to one.

    Parameters
    ----------
    model : LanguageModel
        The adapter to check.
    vocabulary : int
        Number of tokens.
    tolerance : float
        Largest difference allowed between two log-probabilities of one token, in nats.
    reference : callable, optional
        Gives the log-probabilities of a prompt's continuations in the plainest way there is.
    """
    prompts = probe_prompts(model)
    batched = model.score(prompts)
    _compare("batched and single", batched, [model.score([prompt])[0] for prompt in prompts], tolerance)
    headed = model.score(prompts, head=common_head(prompts))
    _compare("with and without a cached head", headed, batched, tolerance)
    if reference is not None:
        plain = [Reading(tuple(reference(prompt))) for prompt in prompts]
        _compare("this adapter's and the plain", batched, plain, tolerance)
    everything = Prompt(prompts[0].tokens, tuple((token,) for token in range(vocabulary)))
    total = float(np.exp(np.concatenate(model.score([everything])[0].logprobs)).sum())
    if not abs(total - 1.0) < 1e-3:
        raise ModelError(f"the probabilities of all {vocabulary} tokens sum to {total:.6f}, not to 1")


def _compare(what: str, left: Sequence[Reading], right: Sequence[Reading], tolerance: float) -> None:
    for a, b in zip(left, right, strict=True):
        gap = float(np.abs(np.concatenate(a.logprobs) - np.concatenate(b.logprobs)).max())
        if not gap <= tolerance:
            raise ModelError(
                f"{what} log-probabilities differ by {gap:.2g} nats (at most {tolerance:g} is allowed): "
                "this model's numbers cannot be trusted on this device and number format"
            )
