"""Which versions made a result."""

import platform
from importlib.metadata import PackageNotFoundError, version

_PACKAGES = ("calibrant", "numpy", "scipy", "scikit-learn", "torch", "transformers")


def versions() -> dict[str, str]:
    """Return the version of Python and of every package that the numbers depend on, where it is installed."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
