"""The embedded model, loaded once, and a setting for tiny ones."""

import pytest

from calibrant.exceptions import CalibrantError
from calibrant.models import load_model


@pytest.fixture(scope="session")
def embedded():
    pytest.importorskip("gguf", reason="the hf extra is not installed")
    try:
        return load_model("embedded", device="cpu", dtype="float32")
    except CalibrantError as error:
        if "not installed" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def one_thread():
    """Keep networks of a few thousand weights from waiting for a second core."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
