"""Where the published numbers lie, and the random numbers that every test may draw."""

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def refs() -> Path:
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "refs"
    if not folder.is_dir():
        pytest.skip("the reference predictions are not beside the repository (../shared/data/refs)")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
