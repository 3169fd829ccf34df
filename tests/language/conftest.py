from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def refs() -> Path:
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "refs"
    if not folder.is_dir():
        pytest.skip("the reference predictions are not beside the repository (../shared/data/refs)")
    return folder
