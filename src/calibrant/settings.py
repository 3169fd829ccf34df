"""What the environment decides, read once: the cache folder, the device, the number format and the key."""

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from calibrant.exceptions import InputError

Dtype: TypeAlias = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Settings:
    """The environment's say; a command-line option goes before it."""

    cache: Path
    """Folder for converted models: ``CALIBRANT_CACHE``, by default ``~/.cache/calibrant``."""

    device: str
    """``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps`` …: ``CALIBRANT_DEVICE``, by default ``auto``."""

    dtype: Dtype
    """Number format of the model's weights: ``CALIBRANT_DTYPE``, by default ``float32``."""

    openai_api_key: str = field(default="", repr=False)
    """Key for servers that speak OpenAI's dialect: ``OPENAI_API_KEY``, by default none. It is never shown."""


@cache
def settings() -> Settings:
    """Give the settings of this process; the environment is read at the first call only."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Settings(
        cache=Path(os.environ.get("CALIBRANT_CACHE") or Path(home) / "calibrant").expanduser(),
        device=os.environ.get("CALIBRANT_DEVICE") or "auto",
        dtype=check_dtype(os.environ.get("CALIBRANT_DTYPE") or "float32", "CALIBRANT_DTYPE"),
        openai_api_key=os.environ.get("OPENAI_API_KEY") or "",
    )


def check_dtype(value: str, name: str) -> Dtype:
    """Return ``value`` if it is a number format that the adapters know, else raise ``InputError`` naming ``name``."""
    if value not in get_args(Dtype):
        raise InputError(f"{name} must be one of {', '.join(get_args(Dtype))}; got {value!r}")
    return cast(Dtype, value)
