"""A fitted temperature ↔ the ``calibration.json`` of a NoulXP package (noulxp/0.1 and 0.2).

The scores of a question's options are divided by the temperature of the first entry of ``by_option_count`` that has its
type and holds its number of options, else by that of its type, else by 1. The layout is that of the JSON Schema shipped
with noulxp 0.5.0. So one temperature can be written, and one for each number of options.

A temperature holds only for the readout and the words that it was fitted with. Those of a NoulXP package are in its
``prompt.json``, which is not looked at: fit in its words. A map fitted on cloze readouts is refused unless forced.
"""

from pathlib import Path

import numpy as np

from calibrant.artifact._artifact import Artifact
from calibrant.artifact._foreign import (
    QUESTION_TYPES,
    check_question_type,
    check_readout,
    check_temperature,
    describe,
    make_artifact,
    pick_map,
    read_foreign,
)
from calibrant.calibrators import OptionCountTemperature, TemperatureScaling
from calibrant.exceptions import ArtifactError
from calibrant.files import write_json

_FILE = "calibration.json"
_WRITTEN = "noulxp/0.2"
_READ = ("noulxp/0.1", "noulxp/0.2", "odxp/0.1", "odxp/0.2")
"""The second pair is the first under the standard's former name."""

_MOST_OPTIONS = 1000
"""Beyond this number of options a file may not tell them apart: no question has as many."""

_Bucket = tuple[int, int | None, float]


def export_noulxp(
    artifact: Artifact, path: Path | str, *, method: str | None = None, force: bool = False
) -> dict[str, object]:
    """Write a temperature, or one for each number of options, into a ``calibration.json``; return what was written.

    A file that is there keeps the temperatures of other types of question.

    Parameters
    ----------
    artifact : Artifact
        With a temperature, or a temperature by the number of options, fitted by the letter readout.
    path : Path or str
        The file.
    method : str, optional
        The map, by name; default: the chosen one.
    force : bool
        Write it although it was fitted on cloze readouts; the note under ``source`` then calls it stale.

    Returns
    -------
    dict
        The content of the file.

    Raises
    ------
    InputError
        If the map is neither of the two.
    IdentityError
        If it was fitted on cloze readouts, and is not forced.
    ArtifactError
        If a file is there, and is no ``calibration.json``.

    Examples
    --------
    >>> import tempfile
    >>> scaling = TemperatureScaling().fit([[2.2, 0.0]] * 4, [0, 0, 0, 1])
    >>> artifact = Artifact({"temperature": scaling}, "temperature", {"identity": {"readout": "letter"}})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = export_noulxp(artifact, f"{folder}/calibration.json")
    >>> written["standard"], list(written["temperature"])
    ('noulxp/0.2', ['choice'])
    """
    path = Path(path)
    name, calibrator = pick_map(artifact, method, (TemperatureScaling, OptionCountTemperature), f"{_FILE} of NoulXP")
    present = _read(path) if path.exists() else {}
    identity = artifact.manifest.get("identity")
    readout = identity.get("readout") if isinstance(identity, dict) else None
    differences = [] if readout == "letter" else [f"it reads labels, and the map was fitted on readout {readout!r}"]
    remedy = "Fit it by the letter readout, in the words of the package"
    status = check_readout(differences, f"a {_FILE} of NoulXP", remedy, force=force)
    others = present.get("temperature")
    temperature = {key: value for key, value in (others if isinstance(others, dict) else {}).items() if key != "choice"}
    buckets = [entry for entry in _entries(present, path) if entry["type"] != "choice"]
    if isinstance(calibrator, OptionCountTemperature):
        buckets += [
            {"type": "choice", "min": least, "max": most, "temperature": value}
            for least, most, value in _buckets_of(calibrator)
        ]
    elif isinstance(calibrator, TemperatureScaling):
        temperature["choice"] = calibrator.temperature_
    content: dict[str, object] = {"standard": _WRITTEN, "temperature": temperature}
    if buckets:
        content["by_option_count"] = buckets
    content["source"] = {"fitted_by": "calibrant", **describe(artifact, name, status, differences)}
    write_json(path, content)
    return content


def import_noulxp(
    path: Path | str, *, question_type: str = "choice", identity: dict[str, object] | None = None
) -> Artifact:
    """Read the temperatures of one type of question from a ``calibration.json``, and lose none of them.

    One temperature for all numbers of options becomes the map temperature, several become count-temperature.

    Parameters
    ----------
    path : Path or str
        The file.
    question_type : {"choice", "score", "noul"}
        Whose temperatures; 1 where the file has none for it, as in NoulXP.
    identity : dict, optional
        What they hold for, if you know: that of ``Readouts.identity``. Without it the artifact is refused for every
        model, or is stale where it is forced; what the file says of itself is not believed.

    Returns
    -------
    Artifact
        One map, chosen.

    Raises
    ------
    InputError
        If there is no such file, or an argument cannot be used.
    ArtifactError
        If the file is no ``calibration.json`` of a known version, a temperature is not between 0.05 and 1000, or
        numbers of options above 1,000 are told apart.
    """
    path = Path(path)
    check_question_type(question_type)
    content = _read(path)
    others = content.get("temperature")
    own = others.get(question_type, 1.0) if isinstance(others, dict) else 1.0
    otherwise = check_temperature(own, path, f"temperature.{question_type}")
    buckets = _check_buckets(content, path, question_type)
    # From each of these numbers of options on, up to the next, the temperature is the same.
    changes = sorted({2, *(least for least, *_ in buckets), *(most + 1 for _, most, _ in buckets if most is not None)})
    by_count = {k: _find(buckets, k, otherwise) for k in changes if k >= 2}
    if len(set(by_count.values())) == 1:
        scaling = TemperatureScaling()
        scaling.temperature_, scaling.at_bound_ = by_count[2], False
        return make_artifact("temperature", scaling, path, _FILE, question_type, identity)
    if max(by_count) > _MOST_OPTIONS:
        raise ArtifactError(
            f"{path}: by_option_count tells {max(by_count):,} options from fewer, and no more than {_MOST_OPTIONS:,} "
            "can be told apart here"
        )
    by_count = {k: _find(buckets, k, otherwise) for k in range(2, max(by_count) + 1)}
    return make_artifact("count-temperature", _by_count(by_count), path, _FILE, question_type, identity)


def _by_count(temperatures: dict[int, float]) -> OptionCountTemperature:
    scaling = OptionCountTemperature()
    scaling.ks_ = np.array(list(temperatures), dtype=np.float64)
    scaling.log_inverse_temperatures_ = -np.log(list(temperatures.values()))
    # The curve serves numbers of options that are not listed: those above, which go on as the last.
    scaling.a_, scaling.b_ = float(scaling.log_inverse_temperatures_[-1]), 0.0
    return scaling


def _buckets_of(scaling: OptionCountTemperature) -> list[_Bucket]:
    # Above the numbers of options that it has seen, T is the same for all. Of the logits (1, 0, 0 …) the log-ratio of
    # the first two probabilities is 1 / T.
    counts = range(2, int(scaling.ks_[-1]) + 2)
    given = scaling.predict_proba([[1.0, *[0.0] * (k - 1)] for k in counts])
    values = [float(1 / np.log(p[0] / p[1])) for p in given]
    ends: list[int | None] = [*counts[:-1], None]
    return [(least, most, value) for least, most, value in zip([1, *counts[1:]], ends, values, strict=True)]


def _find(buckets: list[_Bucket], k: int, otherwise: float) -> float:
    found = (value for least, most, value in buckets if least <= k and (most is None or k <= most))
    return next(found, otherwise)


def _read(path: Path) -> dict[str, object]:
    content = read_foreign(path)
    if content.get("standard") not in _READ:
        raise ArtifactError(
            f"{path} must be a {_FILE} of NoulXP, with a standard out of {', '.join(_READ)}; its standard is "
            f"{content.get('standard')!r:.60}"
        )
    temperatures = content.get("temperature")
    if not isinstance(temperatures, dict) or not temperatures.keys() <= set(QUESTION_TYPES):
        raise ArtifactError(
            f"{path}: temperature must be an object by {', '.join(QUESTION_TYPES)}; it is {temperatures!r:.60}"
        )
    return content


def _entries(content: dict[str, object], path: Path) -> list[dict[str, object]]:
    entries = content.get("by_option_count") or []
    if not isinstance(entries, list):
        raise ArtifactError(f"{path}: by_option_count must be a list; it is {entries!r:.60}")
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict) or entry.get("type") not in QUESTION_TYPES:
            raise ArtifactError(
                f"{path}: by_option_count[{number}] must have a type out of {', '.join(QUESTION_TYPES)}; it is "
                f"{entry!r:.60}"
            )
    return entries


def _check_buckets(content: dict[str, object], path: Path, question_type: str) -> list[_Bucket]:
    buckets = []
    for number, entry in enumerate(_entries(content, path)):
        where = f"by_option_count[{number}]"
        least, most = entry.get("min"), entry.get("max")
        value = check_temperature(entry.get("temperature"), path, f"{where}.temperature")
        whole = all(isinstance(end, int) and not isinstance(end, bool) for end in (least, most) if end is not None)
        if not whole or not isinstance(least, int) or least < 1 or (isinstance(most, int) and most < least):
            raise ArtifactError(
                f"{path}: {where} must have whole numbers min and max with 1 <= min <= max, or max null; it has "
                f"min {least!r:.40} and max {most!r:.40}"
            )
        if entry["type"] == question_type:
            buckets.append((least, most if isinstance(most, int) else None, value))
    return buckets
