"""From a hub id, a folder or a GGUF file to a checked transformers model."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch
import transformers
from transformers.utils import logging as transformers_logging

from calibrant.exceptions import CalibrantError, ModelError, OutputError
from calibrant.models._files import check_folder, hash_files
from calibrant.models._protocol import ModelIdentity
from calibrant.models.hf import TransformersModel
from calibrant.settings import Dtype, settings


def load(source: str, path: Path | None, *, device: str, dtype: Dtype) -> TransformersModel:
    """Load a model from a path (a folder or a GGUF file) or, without one, from the hub; see ``load_model``."""
    place = device_of(device)
    if path is None:
        name, _, revision = source.partition("@")
        commit = _hub_commit(name, revision or "main", source)
        network, tokenizer = _from_pretrained(name, dtype, source, revision=commit)
        source, weights = f"{name}@{commit}", f"commit:{commit}"
    else:
        name = path.name
        weights = hash_files([path] if path.is_file() else check_folder(path))
        folder = _converted(path, weights, dtype) if path.is_file() else path
        network, tokenizer = _from_pretrained(str(folder), dtype, source)
        source = source if source == "embedded" else str(path.resolve())
    identity = ModelIdentity(
        name=name,
        source=source,
        weights=weights,
        dtype=dtype,
        engine="transformers",
        engine_version=transformers.__version__,
        device=str(place),
    )
    with quiet(), explained(f"model {source!r} cannot be run"):
        model = TransformersModel(network.to(place).eval(), tokenizer, identity)
        model.check()
    return model


def _hub_commit(name: str, revision: str, source: str) -> str:
    """Return the commit that a branch or tag points to now, so that everything is loaded from that one."""
    with explained(f"model {source!r} cannot be loaded"):
        # In the hub's cache every file lies in a folder named by its commit.
        return Path(transformers.utils.cached_file(name, "config.json", revision=revision)).parent.name


def _from_pretrained(
    folder: str, dtype: Dtype, source: str, **options: str
) -> tuple[transformers.PreTrainedModel, transformers.PreTrainedTokenizerBase]:
    """Load network and tokenizer, and refuse a network of which a part is not in the files.

    The library would fill such a part with random numbers and go on.
    """
    local = Path(folder).exists()
    # A download may take minutes: there the library's bars and notices stay on.
    with quiet() if local else nullcontext(), explained(f"model {source!r} cannot be loaded"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False, **options)
        network, found = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=getattr(torch, dtype),
            trust_remote_code=False,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **options,
        )
    absent = sorted(found["missing_keys"]) + sorted(key for key, *_ in found["mismatched_keys"])
    if absent:
        raise ModelError(
            f"model {source!r}: {len(absent)} of its weights are not in its files or of another shape, "
            f"such as {absent[0]}; is it a causal language model?"
        )
    return network, tokenizer


def device_of(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    with explained(f"device {name!r} cannot be used"):
        torch.empty(1, device=name).item()  # reading it back refuses devices that hold no numbers
    return torch.device(name)


def _converted(path: Path, weights: str, dtype: Dtype) -> Path:
    """Return the folder that a GGUF file was converted into, converting it the first time.

    The folder appears under its name only when it is whole: a killed conversion leaves nothing that loads.
    """
    target = settings().cache / "models" / f"{path.stem}-{weights.removeprefix('sha256:')[:16]}-{dtype}"
    if target.is_dir():
        return target
    network, tokenizer = _from_pretrained(str(path.parent), dtype, str(path), gguf_file=path.name)
    # The weights are plain numbers now; the marks of their quantisation would refuse to be saved.
    for holder, mark in ((network.config, "quantization_config"), (network, "quantization_method")):
        if hasattr(holder, mark):
            delattr(holder, mark)
    network.hf_quantizer, network.is_quantized = None, False
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".converting-") as temporary, quiet():
            work = Path(temporary) / "model"
            network.save_pretrained(work)
            tokenizer.save_pretrained(work)
            try:
                work.replace(target)
            except OSError:
                if not target.is_dir():  # else another process was first, with the same bytes
                    raise
    except Exception as error:  # a full disk comes out of the library in several dresses
        raise OutputError(
            f"{target} cannot be written: {_first_line(error)}; CALIBRANT_CACHE names another folder for it"
        ) from error
    return target


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn whatever the libraries raise into one line that begins with ``what``."""
    try:
        yield
    except CalibrantError:
        raise
    except Exception as error:
        raise ModelError(f"{what}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the library's own bars and notices off the screen while it loads."""
    level, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()
