"""Files that are whole or not there: every artifact of Calibrant is written through here."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from calibrant.exceptions import InputError, OutputError


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` so that a killed run or a full disk leaves the old file, or none, never half of one.

    The folder is made if it is not there.

    Raises
    ------
    OutputError
        If it cannot be written; the message names the file.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "note.txt", b"whole")
    ...     [file.name for file in Path(folder).iterdir()]
    ['note.txt']
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # In the same folder, hence on the same disk, so that the last step is a rename.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)  # mkstemp makes it private
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}; nothing was changed") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a dict as indented JSON, atomically; a NaN is a bug and is refused."""
    write_atomically(path, (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON object, or raise ``InputError`` naming the file and the place."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: not JSON ({error.msg})") from None
    except RecursionError:
        raise InputError(f"{path}: not JSON of ours (nested too deeply)") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must hold a JSON object; it holds a {type(content).__name__}")
    return content
