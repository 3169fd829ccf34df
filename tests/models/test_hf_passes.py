"""Passes against plain full ones, apart from what is asked of a model."""

import copy

import numpy as np
import pytest

pytest.importorskip("torch", reason="the hf extra is not installed")
pytest.importorskip("transformers", reason="the hf extra is not installed")

import torch
from tests.models._tiny import adapter

from calibrant.models._hf_passes import LonePasses, PackedPasses
from calibrant.models._protocol import Prompt
from calibrant.models._tree import build_tree

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.usefixtures("no_gradients")]

PROMPTS = ((5, 6, 7, 8, 9), (10, 11), (12, 13, 14))


@pytest.fixture
def no_gradients():
    with torch.inference_mode():
        yield


def plain(model, tokens):
    return model._network(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1].numpy()


def packed(model, owners, room=3):
    inputs = model._inputs([build_tree(Prompt(tokens, ())) for tokens in PROMPTS], 5, (), remember=True)
    model._network(**inputs)
    lengths = [len(PROMPTS[owner]) for owner in owners]
    return PackedPasses(model, inputs[model._cache_name], torch.tensor(owners), lengths, room)


@pytest.mark.parametrize("name", ["llama", "gemma2", "opt"])
def test_rows_go_on_behind_their_own_prompts_and_may_leave(name):
    model = adapter(name)
    rows = [[*PROMPTS[owner]] for owner in (1, 0, 0, 2)]
    passes = packed(model, [1, 0, 0, 2])

    for tokens, order in (([20, 21, 22, 23], [3, 1]), ([24, 25], [1]), ([26], [])):
        logits = passes.step(tokens)
        for row, token in zip(rows, tokens, strict=True):
            row.append(token)
        np.testing.assert_allclose(logits.numpy(), [plain(model, row) for row in rows], atol=1e-4)
        passes.keep(order)
        rows = [rows[index] for index in order]


def test_the_prompts_are_left_as_they_were():
    model = adapter()
    inputs = model._inputs([build_tree(Prompt(tokens, ())) for tokens in PROMPTS], 5, (), remember=True)
    model._network(**inputs)
    cache = inputs[model._cache_name]
    before = [layer.keys.clone() for layer in cache.layers]

    passes = PackedPasses(model, cache, torch.tensor([0, 2]), [5, 3], 2)
    passes.step([20, 21])
    passes.keep([1])

    assert all(torch.equal(layer.keys, kept) for layer, kept in zip(cache.layers, before, strict=True))


@pytest.mark.parametrize("name", ["llama", "bloom", "mamba", "lfm2"])
def test_a_lone_row_goes_on_and_its_copy_goes_its_own_way(name):
    model = adapter(name)
    one = LonePasses(model)
    np.testing.assert_allclose(one.step(PROMPTS[0])[0].numpy(), plain(model, PROMPTS[0]), atol=1e-4)

    other = copy.deepcopy(one)
    for passes, tokens in ((one, (20, 21)), (other, (30, 31))):
        for n, token in enumerate(tokens, 1):
            logits = passes.step([token])
            np.testing.assert_allclose(logits[0].numpy(), plain(model, (*PROMPTS[0], *tokens[:n])), atol=1e-4)
