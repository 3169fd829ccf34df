"""One word from the user -> Questions, wherever they are kept."""

import os
import re
from pathlib import Path

from calibrant.data._hub import Columns, load_hub_questions
from calibrant.data._jsonl import read_questions
from calibrant.data._question import Question
from calibrant.data._world_facts import world_facts
from calibrant.exceptions import InputError

_EMBEDDED = "world-facts"
_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


def load_questions(
    source: str | os.PathLike[str] | None = None,
    *,
    columns: Columns | None = None,
    split: str = "test",
    subset: str | None = None,
    revision: str | None = None,
) -> list[Question]:
    """Load the questions of the embedded set, of a file, or of a data set on the hub.

    Parameters
    ----------
    source : str or path, optional
        Nothing or ``world-facts`` is the embedded set; what exists or ends in ``.jsonl`` is a file; with ``columns`` it
        is the id of a data set on the Hugging Face hub.
    columns : mapping of str to str or list of str, optional
        Field of a `Question` -> column of the data set; see `questions_from_rows`. For the hub only.
    split, subset, revision : str, optional
        Which part of the data set, and which state of it; see `load_hub_questions`. For the hub only.

    Returns
    -------
    list of Question
        Not split and not deduplicated yet.

    Examples
    --------
    >>> load_questions("questions.csv")
    Traceback (most recent call last):
    calibrant.exceptions.InputError: source: 'questions.csv' is no file that exists; give a JSONL file, ...
    """
    name = _EMBEDDED if source is None else os.fspath(source)
    is_file = name != _EMBEDDED and (Path(name).exists() or name.endswith(".jsonl"))
    if columns is None:
        if name == _EMBEDDED:
            return world_facts()
        if is_file:
            return read_questions(name)
        raise InputError(
            f"source: {name!r} is no file that exists; give a JSONL file, {_EMBEDDED!r}, "
            "or the id of a data set on the hub together with columns"
        )
    if name == _EMBEDDED or is_file:
        raise InputError(f"columns: only a data set on the hub has columns, got them for {name!r}; leave them out")
    if not _HUB_ID.fullmatch(name):
        raise InputError(f"source: {name!r} is no id of a data set on the hub, which looks like 'owner/name'")
    return load_hub_questions(name, columns=columns, split=split, subset=subset, revision=revision)
