"""Two models x the same questions → what each says, kept in folders, and a comparison of the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict, Unpack, cast

from calibrant.cli.readout import SourceOptions, load_parts, load_template, with_choices
from calibrant.data import Question
from calibrant.evaluation import EvaluationSettings, compare_readouts
from calibrant.exceptions import InputError
from calibrant.models import Message, load_model, need_scoring
from calibrant.readouts import PromptTemplate, Readouts, read
from calibrant.types import ReadoutKind, SplitName

_SIDES = ("before", "after")


class ModelOptions(TypedDict, total=False):
    """What two models are asked, and how: the part of ``CompareOptions`` that goes with models."""

    data: str
    columns: dict[str, str] | None
    data_subset: str | None
    data_split: str
    data_revision: str | None
    test_data: str | None
    limit: int | None
    readout: Literal["auto", "letter", "cloze"]
    template: Path | None
    examples: Path | None
    device: str | None
    dtype: Literal["float32", "bfloat16"] | None
    batch_tokens: int


def compare_models(
    models: Sequence[str],
    folder: Path,
    settings: EvaluationSettings,
    *,
    names: Sequence[str] | None = None,
    provenance: Mapping[str, object] | None = None,
    **options: Unpack[ModelOptions],
) -> dict[str, object]:
    """Ask both models the same questions, in the same words and the same way of reading, and compare what they say.

    Parameters
    ----------
    models : sequence of str
        The sources of the two models, before and after.
    folder : Path
        Where the readouts are kept, a folder for each.
    settings : EvaluationSettings
        Bins, resamples and seed, which is also that of the questions.
    names : sequence of str, optional
        What to call them.
    provenance : mapping, optional
        Versions, command and seconds to note.
    options : ModelOptions
        What they are asked, and how.
    """
    if names is not None and (len(names) != 2 or len(set(names)) < 2):
        raise InputError(f"names must give each of the 2 models a name of its own; got {', '.join(names)}")
    requested = options.get("readout", "auto")
    template = load_template(options.get("template"), options.get("examples"))
    source = cast(SourceOptions, {**options, "seed": settings.seed})
    parts, facts = load_parts(source, template.examples, with_choices)
    # Nothing is fitted, so that nothing is asked for calibration; train only chooses the way of reading.
    used: tuple[SplitName, ...] = ("train", "test") if requested == "auto" else ("test",)
    asking = _Asking({name: parts[name] for name in used}, template, facts, options)
    asked = [asking.ask(model, folder / side, requested) for model, side in zip(models, _SIDES, strict=True)]
    kind, notes = _settle(asked, requested)
    asking = _Asking({"test": parts["test"]}, template, facts, options)
    before, after = (
        one if one.kind == kind else asking.ask(model, folder / f"{side}-{kind}", kind)
        for one, model, side in zip(asked, models, _SIDES, strict=True)
    )
    called = _called(models) if names is None else (names[0], names[1])
    return compare_readouts(
        before,
        after,
        called,
        notes=[*notes, *_turns([before, after], called)],
        settings=settings,
        provenance=provenance,
    )


@dataclass(frozen=True)
class _Asking:
    """What both models are asked."""

    parts: Mapping[SplitName, Sequence[Question]]
    template: PromptTemplate
    facts: Mapping[str, object]
    options: ModelOptions

    def ask(self, source: str, folder: Path, kind: Literal["auto", "letter", "cloze"]) -> Readouts:
        """Load one model, and let it go again: the two need not fit into memory together."""
        device, dtype = self.options.get("device"), self.options.get("dtype")
        model = need_scoring(load_model(source, device=device, dtype=dtype))
        return read(
            model,
            self.parts,
            folder,
            kind=kind,
            template=self.template,
            batch_tokens=self.options.get("batch_tokens", 1024),
            facts={**self.facts, "turn": model.render([Message("user", "…")])},
        )


def _settle(asked: Sequence[Readouts], requested: str) -> tuple[ReadoutKind, list[str]]:
    """Return the way of reading for both models: the one with the higher train accuracy over both taken together."""
    if requested != "auto":
        return asked[0].kind, []
    found: dict[ReadoutKind, list[float]] = {"letter": [], "cloze": []}
    n = 0
    for readouts in asked:
        choice = cast(Mapping[str, float], readouts.manifest["choice"])
        n = int(choice["n"])
        for kind, values in found.items():
            values.append(choice[kind])
    chosen: ReadoutKind = "letter" if sum(found["letter"]) > sum(found["cloze"]) else "cloze"
    shares = {kind: " and ".join(f"{100 * value:.1f} %" for value in values) for kind, values in found.items()}
    return chosen, [
        f"Both models are read by {'letter' if chosen == 'letter' else 'the text of the options (cloze)'}, which is "
        f"right more often over both on {n:,} questions of the train part: letter {shares['letter']}, cloze "
        f"{shares['cloze']}, before and after."
    ]


def _turns(readouts: Sequence[Readouts], names: Sequence[str]) -> list[str]:
    """Say how each model is shown a turn, where they are not shown the same."""
    turns = [str(one.manifest.get("turn", "")) for one in readouts]
    if turns[0] == turns[1]:
        return []
    shown = "; ".join(f"{name}: {turn!r}" for name, turn in zip(names, turns, strict=True))
    return [f"Both read the same prompt, each in its own frame of a turn: {shown}."]


def _called(models: Sequence[str]) -> tuple[str, str]:
    """Return the last parts of the models' sources, told apart by their side where they are alike."""
    first, second = (source.rstrip("/").rpartition("/")[2].removesuffix(".gguf") for source in models)
    return (first, second) if first != second else (f"{first} (before)", f"{second} (after)")
