"""What a model said before and after a change, of the same questions → a comparison with the confidence gained."""

from collections.abc import Mapping, Sequence

from calibrant.artifact import RAW, Artifact, evidence_of
from calibrant.data import Question
from calibrant.evaluation._compare import compare_predictions
from calibrant.evaluation._detail import Content
from calibrant.evaluation._settings import EvaluationSettings
from calibrant.evaluation._verdict import LABELS
from calibrant.exceptions import InputError
from calibrant.grading import grade_choices
from calibrant.predictions import InMemory, Predictions
from calibrant.readouts import Readouts


def compare_readouts(
    before: Readouts,
    after: Readouts,
    names: tuple[str, str],
    *,
    notes: Sequence[str] = (),
    settings: EvaluationSettings | None = None,
    provenance: Mapping[str, object] | None = None,
    quiet: bool = False,
) -> Content:
    """Compare the raw confidence of two models on the test questions that both were asked, as `compare_predictions`.

    Said beside it is how much of the confidence that was gained no gain in accuracy matches.

    Parameters
    ----------
    before, after : Readouts
        What the two models said. Only the test parts are used; they must hold the same questions, read the same way.
    names : tuple of (str, str)
        What to call them.
    notes : sequence of str
        What a reader should know besides.
    settings : EvaluationSettings, optional
        Bins, resamples, level and seed.
    provenance : mapping, optional
        Versions, command and seconds to note.
    quiet : bool
        Show no progress bar.

    Raises
    ------
    InputError
        If the questions or the readouts differ, or nothing can be measured.
    """
    if names[0] == names[1]:
        raise InputError(f"names must tell the two models apart; got {names[0]!r} twice")
    if before.kind != after.kind:
        raise InputError(
            f"{before.folder} holds the {before.kind} readout and {after.folder} the {after.kind} one: their "
            "confidences say different things; read both models in the same way"
        )
    _refuse_other_questions(before, after)
    sources = {name: _source(readouts) for name, readouts in zip(names, (before, after), strict=True)}
    found = compare_predictions(sources, before_after=True, settings=settings, provenance=provenance, quiet=quiet)
    kept = found["notes"]
    return {**found, "notes": [*notes, *(kept if isinstance(kept, list) else [])]}


def _refuse_other_questions(before: Readouts, after: Readouts) -> None:
    first, second = _asked(before), _asked(after)
    if first == second:
        return
    changed = next(name for name in (*first, *second) if first.get(name) != second.get(name))
    raise InputError(
        f"{before.folder} and {after.folder} do not hold the same test questions, such as {changed!r}; put the same "
        "questions to both models"
    )


def _asked(readouts: Readouts) -> dict[str, Question]:
    return {readouts.questions[row].id: readouts.questions[row] for row in readouts.rows("test")}


def _source(readouts: Readouts) -> InMemory:
    rows, artifact = readouts.rows("test"), Artifact({}, RAW)
    questions = [readouts.questions[row] for row in rows]
    evidence = evidence_of(artifact, readouts).take(rows)
    graded = grade_choices(evidence.logprobs, [question.answer for question in questions])
    predictions = Predictions(
        graded.correct,
        artifact.predict(evidence, RAW).confidence,
        id=[question.id for question in questions],
        group=[question.group for question in questions],
        subject=[question.subject for question in questions],
        n_ties=graded.n_ties,
    )
    model = readouts.manifest.get("model")
    facts = {key: model.get(key) for key in ("source", "weights", "dtype")} if isinstance(model, dict) else {}
    return InMemory(
        predictions,
        name=readouts.folder.name,
        format="readouts",
        label=LABELS[RAW][0].upper() + LABELS[RAW][1:],
        facts={**facts, "readout": readouts.kind},
    )
