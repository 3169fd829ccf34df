"""Every error that Calibrant raises on purpose.

::

    CalibrantError
    ├── InputError           (also ValueError)  an argument cannot be used; nothing was done
    │   └── DataError                           a file of questions or predictions is wrong; names file and line
    ├── ModelError                              a model cannot be loaded, or fails the check that it makes of itself
    ├── StoreError                              a folder of readouts is damaged, incomplete or made with other settings
    ├── ArtifactError                           a saved artifact is damaged, of another version, or not one of ours
    │   └── IdentityError                       a sound artifact, fitted for another model, engine or prompt
    ├── OutputError          (also OSError)     a file cannot be written; what was there before is untouched
    └── MissingExtraError    (also ImportError) an optional dependency is missing; names the feature and the command

The command line shows a ``CalibrantError`` as one line and exits with status 2; anything else is a bug. A message names
the argument or file, what is allowed, what was given and what to do.
"""


class CalibrantError(Exception):
    """Any error that Calibrant raises on purpose."""


class InputError(CalibrantError, ValueError):
    """An argument cannot be used; nothing was done."""


class DataError(InputError):
    """A file of questions or predictions is wrong; the message names the file and the line."""


class ModelError(CalibrantError):
    """A model cannot be loaded, or fails the check that it makes of itself."""


class StoreError(CalibrantError):
    """A folder of readouts is damaged, incomplete or made with other settings."""


class ArtifactError(CalibrantError):
    """A saved artifact is damaged, of another version, or not one of ours."""


class IdentityError(ArtifactError):
    """An artifact is sound but was fitted for another model, engine or prompt."""


class OutputError(CalibrantError, OSError):
    """A file cannot be written; what was there before is untouched."""


class MissingExtraError(CalibrantError, ImportError):
    """An optional dependency is missing.

    Parameters
    ----------
    feature : str
        What the user wanted to do.
    package : str
        The import that failed.
    command : str
        The command that installs it.
    """

    def __init__(self, feature: str, package: str, command: str) -> None:
        super().__init__(f"{feature} needs the package '{package}', which is not installed. Install it with: {command}")
