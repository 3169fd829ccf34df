"""From a hub id, a folder or a GGUF file to a checked transformers model."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import transformers
from transformers.utils import logging as transformers_logging

from calibrant.exceptions import ModelError
from calibrant.models._files import check_folder, hash_files
from calibrant.models._protocol import ModelIdentity
from calibrant.models.hf import TransformersModel
from calibrant.settings import Dtype, settings


def load(source: str, path: Path | None, *, device: str, dtype: Dtype) -> TransformersModel:
    """Load a model from a path (a folder or a GGUF file) or, without one, from the hub; see ``load_model``."""
    name, _, revision = source.partition("@")
    folder, weights = name, ""
    options = {"revision": revision} if revision else {}
    if path is not None:
        name, options = path.name, {}
        weights = hash_files([path] if path.is_file() else check_folder(path))
        folder = str(_converted(path, weights, dtype) if path.is_file() else path)
        source = source if source == "embedded" else str(path.resolve())
    place = _device(device)
    with _quiet():
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **options)
            network = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype), **options)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(f"model {source!r} cannot be loaded: {_first_line(error)}") from error
    identity = ModelIdentity(
        name=name,
        source=source,
        weights=weights or f"commit:{getattr(network.config, '_commit_hash', None) or revision or 'unknown'}",
        dtype=dtype,
        engine="transformers",
        engine_version=transformers.__version__,
        device=str(place),
    )
    model = TransformersModel(network.to(place).eval(), tokenizer, identity)
    model.check()
    return model


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ModelError(f"device {name!r} cannot be used: {_first_line(error)}") from error
    return torch.device(name)


def _converted(path: Path, weights: str, dtype: Dtype) -> Path:
    """Return the folder that a GGUF file was converted into, converting it the first time.

    The folder appears under its name only when it is whole: a killed conversion leaves nothing that loads.
    """
    target = settings().cache / "models" / f"{path.stem}-{weights.removeprefix('sha256:')[:16]}-{dtype}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".converting-") as temporary, _quiet():
        work = Path(temporary) / "model"
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
            network = transformers.AutoModelForCausalLM.from_pretrained(
                str(path.parent), gguf_file=path.name, dtype=getattr(torch, dtype)
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(f"GGUF file {path} cannot be converted: {_first_line(error)}") from error
        # The weights are plain numbers now; the marks of their quantisation would refuse to be saved.
        for holder, mark in ((network.config, "quantization_config"), (network, "quantization_method")):
            if hasattr(holder, mark):
                delattr(holder, mark)
        network.hf_quantizer, network.is_quantized = None, False
        network.save_pretrained(work)
        tokenizer.save_pretrained(work)
        try:
            work.replace(target)
        except OSError:
            if not target.is_dir():  # else another process was first, with the same bytes
                raise
    return target


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


@contextmanager
def _quiet() -> Iterator[None]:
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
