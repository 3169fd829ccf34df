"""A fitted temperature ↔ the ``decision.json`` of transformers (from 5.23), with which its own server is calibrated.

``transformers serve`` and ``pipeline("decision")`` answer a question of several options by the next-token scores of the
letters A, B, C … after a prompt, divided by ``temperature.choice`` of the model folder's ``decision.json`` (1 without).
The layout is that of ``transformers.decision.DecisionConfig`` in 5.24: labels and temperature by question type,
noul_options, sanitize_control_tokens, adapter; keys that it does not know it passes over.

A temperature holds only for the readout and the words that it was fitted with. So fit by the letter readout, in the
pipeline's words, which are ``DECISION_TEMPLATE``; anything else is refused unless forced. One difference remains: the
pipeline reads one token a letter, and the letter readout adds up all its forms ("A" and " A"), of which a chat model
says the second next to never.
"""

from pathlib import Path
from string import ascii_uppercase

from calibrant.artifact._artifact import Artifact
from calibrant.artifact._foreign import (
    check_question_type,
    check_readout,
    check_temperature,
    describe,
    make_artifact,
    pick_map,
    read_foreign,
)
from calibrant.calibrators import TemperatureScaling
from calibrant.exceptions import ArtifactError
from calibrant.files import write_json

DECISION_TEMPLATE = """\
{{ question }}

{% for letter, choice in options %}{{ letter }}. {{ choice }}
{% endfor %}Answer with the letter of the option that fits best (A to {{ options[-1][0] }}) only."""
"""The words in which transformers puts a choice, for ``calibrant readout --template``: the question is the state of the
request, its choices are criteria without descriptions, and there are no instructions."""

_FILE = "decision.json"
_TEMPLATE_FILE = "decision_template.jinja"
_SETTINGS = {"labels", "temperature", "chat_template", "noul_options", "sanitize_control_tokens", "adapter"}


def export_decision(
    artifact: Artifact, path: Path | str, *, method: str | None = None, force: bool = False
) -> dict[str, object]:
    """Write a temperature into a ``decision.json``, and return what was written.

    A file that is there keeps its other settings. Put it into the model's folder, or name it as decision config.

    Parameters
    ----------
    artifact : Artifact
        With a temperature fitted by the letter readout in the words of ``DECISION_TEMPLATE``.
    path : Path or str
        The file.
    method : str, optional
        The map, by name; default: the chosen one. Only temperature scaling can be written.
    force : bool
        Write it although it was fitted by another readout, in other words or by another engine, or for other settings
        than those of the file that is there; the note in the file then calls it stale and names the differences.

    Returns
    -------
    dict
        The content of the file; our note on where the temperature comes from is under ``calibrant``.

    Raises
    ------
    InputError
        If the map is no temperature.
    IdentityError
        If it was fitted for another readout, for other words or settings, and is not forced.
    ArtifactError
        If a file is there, and is no ``decision.json``.

    Examples
    --------
    >>> import tempfile
    >>> scaling = TemperatureScaling().fit([[2.2, 0.0]] * 4, [0, 0, 0, 1])
    >>> identity = {"readout": "letter", "engine": "transformers"}
    >>> manifest = {"identity": identity, "template": {"text": DECISION_TEMPLATE, "examples": []}}
    >>> artifact = Artifact({"temperature": scaling}, "temperature", manifest)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = export_decision(artifact, f"{folder}/decision.json")
    ...     restored = import_decision(f"{folder}/decision.json").maps["temperature"]
    >>> written["temperature"] == {"choice": scaling.temperature_} == {"choice": restored.temperature_}
    True
    """
    path = Path(path)
    name, scaling = pick_map(artifact, method, (TemperatureScaling,), _FILE)
    present = _read(path) if path.exists() else {}
    differences = [*_of_readout(artifact), *_of_settings(present, path)]
    remedy = "Fit it by the letter readout with calibrant.artifact.DECISION_TEMPLATE as the template"
    status = check_readout(differences, f"a {_FILE}", remedy, force=force)
    temperatures = present.get("temperature")
    others = temperatures if isinstance(temperatures, dict) else {}
    content = {
        **present,
        "temperature": {**others, "choice": scaling.temperature_},
        "calibrant": describe(artifact, name, status, differences),
    }
    write_json(path, content)
    return content


def import_decision(
    path: Path | str, *, question_type: str = "choice", identity: dict[str, object] | None = None
) -> Artifact:
    """Read the temperature of one type of question from a ``decision.json``.

    Parameters
    ----------
    path : Path or str
        The file.
    question_type : {"choice", "score", "noul"}
        Whose temperature; 1 where the file has none for it, as in transformers.
    identity : dict, optional
        What the temperature holds for, if you know: that of ``Readouts.identity``. Without it the artifact is refused
        for every model, or is stale where it is forced; what the file says of itself is not believed.

    Returns
    -------
    Artifact
        One map, temperature, chosen.

    Raises
    ------
    InputError
        If there is no such file, or an argument cannot be used.
    ArtifactError
        If the file is no ``decision.json``, or its temperature is not between 0.05 and 1000.
    """
    path = Path(path)
    check_question_type(question_type)
    temperatures = _read(path).get("temperature", {})
    value = temperatures.get(question_type, 1.0) if isinstance(temperatures, dict) else None
    scaling = TemperatureScaling()
    scaling.temperature_ = check_temperature(value, path, f"temperature.{question_type}")
    scaling.at_bound_ = False
    return make_artifact("temperature", scaling, path, _FILE, question_type, identity)


def _read(path: Path) -> dict[str, object]:
    content = read_foreign(path)
    if "standard" in content or not content.keys() & _SETTINGS:
        raise ArtifactError(f"{path} is no {_FILE} of transformers: it has none of {', '.join(sorted(_SETTINGS))}")
    for key in ("temperature", "labels"):
        if not isinstance(content.get(key, {}), dict):
            raise ArtifactError(f"{path}: {key} must be an object by question type; it is {content[key]!r:.60}")
    return content


def _of_readout(artifact: Artifact) -> list[str]:
    identity, template = (artifact.manifest.get(key) for key in ("identity", "template"))
    identity = identity if isinstance(identity, dict) else {}
    template = template if isinstance(template, dict) else {}
    found = []
    if identity.get("readout") != "letter":
        found.append(
            f"it reads the letters of the options, and the map was fitted on readout {identity.get('readout')!r}"
        )
    if identity.get("engine") != "transformers":
        found.append(f"its engine is 'transformers', and the map was fitted for {identity.get('engine')!r}")
    if str(template.get("text")).removesuffix("\n") != DECISION_TEMPLATE or template.get("examples"):
        found.append("it asks in the words of transformers, and the map was fitted with another template or examples")
    return found


def _of_settings(present: dict[str, object], path: Path) -> list[str]:
    labels = present.get("labels")
    letters = labels.get("choice") if isinstance(labels, dict) else None
    found = []
    if letters and (not isinstance(letters, list) or letters != list(ascii_uppercase[: len(letters)])):
        found.append(f"{path} names other labels than A, B, C … for a choice")
    if present.get("chat_template") is not None or (path.parent / _TEMPLATE_FILE).exists():
        found.append(f"{path.parent} has a template of its own for decisions")
    if present.get("adapter") is not None:
        found.append(f"{path} names an adapter, which changes the weights")
    return found
