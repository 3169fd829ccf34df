"""The embedded model, loaded once."""

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
