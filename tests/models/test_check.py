"""Adapters that are wrong in one way each: the check must refuse them and say in which."""

from dataclasses import replace

import numpy as np
import pytest

from calibrant.exceptions import ModelError
from calibrant.models import FakeModel, check_model
from calibrant.models._check import probe_prompts


def _shifted(reading, by):
    return replace(reading, logprobs=tuple(values + by for values in reading.logprobs))


class BatchDependent(FakeModel):
    def score(self, prompts, *, head=0, hidden=None):
        return [_shifted(reading, 0.01 * (len(prompts) - 1)) for reading in super().score(prompts, hidden=hidden)]


class HeadForgetting(FakeModel):
    def score(self, prompts, *, head=0, hidden=None):
        behind = [replace(prompt, tokens=prompt.tokens[head:]) for prompt in prompts]
        return super().score(behind, hidden=hidden)


class Unnormalised(FakeModel):
    def score(self, prompts, *, head=0, hidden=None):
        return [_shifted(reading, 0.01) for reading in super().score(prompts, hidden=hidden)]


class Broken(FakeModel):
    def score(self, prompts, *, head=0, hidden=None):
        return [_shifted(reading, np.nan) for reading in super().score(prompts, hidden=hidden)]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (BatchDependent(), r"batched and single log-probabilities differ by 0.02 nats \(at most 0.001 is allowed\)"),
        (HeadForgetting(), "with and without a cached head log-probabilities differ"),
        (Unnormalised(), r"the probabilities of all 256 tokens sum to 1\.01\d+, not to 1"),
        (Broken(), "batched and single log-probabilities differ by nan nats"),
    ],
)
def test_a_wrong_adapter_is_refused(model, message):
    with pytest.raises(ModelError, match=message):
        check_model(model, vocabulary=256, tolerance=1e-3)


def test_disagreement_with_the_reference_is_refused():
    def reference(prompt):
        return _shifted(FakeModel().score([prompt])[0], 0.5).logprobs

    with pytest.raises(ModelError, match=r"this adapter's and the plain log-probabilities differ by 0\.5 nats"):
        check_model(FakeModel(), vocabulary=256, tolerance=1e-3, reference=reference)


def test_agreement_with_the_reference_passes():
    check_model(
        FakeModel(), vocabulary=256, tolerance=1e-9, reference=lambda prompt: FakeModel().score([prompt])[0].logprobs
    )


def test_the_probes_differ_in_length_branch_and_share_a_head():
    prompts = probe_prompts(FakeModel())

    assert len({len(prompt.tokens) for prompt in prompts}) == len(prompts)
    assert len({len(prompt.continuations) for prompt in prompts}) == len(prompts)
    assert any(a != b and b[: len(a)] == a for a in prompts[0].continuations for b in prompts[0].continuations)
    assert len({prompt.tokens[0] for prompt in prompts}) == 1
