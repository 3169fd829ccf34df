"""What made a result: the versions and the command."""

import platform
import shlex
from collections.abc import Sequence
from contextvars import ContextVar
from importlib.metadata import PackageNotFoundError, version

import calibrant

_PACKAGES = ("numpy", "scipy", "scikit-learn", "torch", "transformers")

arguments: ContextVar[Sequence[str]] = ContextVar("arguments", default=())
"""The words behind ``calibrant`` on the command line; ``main`` sets them."""


def provenance() -> dict[str, object]:
    """Return the command, and the version of Python and of every package that the numbers depend on."""
    found = {"python": platform.python_version(), "calibrant": calibrant.__version__}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {"versions": found, "command": shlex.join(["calibrant", *arguments.get()]), "seconds": None}
