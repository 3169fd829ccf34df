"""How the page was made, line by line."""

from collections.abc import Iterator, Mapping

from calibrant.evaluation._record import Evaluation, ModelSource, PredictionsSource, Readout
from calibrant.report._text import DASH, count, listing, one_line, percent, shorten

_LONGEST_NAME = 80
_LONGEST_FACT = 600


def provenance_lines(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """Name and text of each line; what does not apply has none.

    Parameters
    ----------
    evaluation : Evaluation
        The checked evaluation.

    Yields
    ------
    tuple of str
        What the line is about, and what it says.
    """
    settings, provenance = evaluation.settings, evaluation.provenance
    data, template = provenance.data, provenance.template
    if provenance.model is not None:
        yield from _model(provenance.model)
    if provenance.predictions is not None:
        yield "File", f"{data.source}: {count(data.n, 'row')}"
        yield from _predictions(provenance.predictions)
        yield (
            "Left out",
            f"{evaluation.n_ungraded:,} not graded; {evaluation.n_unparsed:,} without a readable confidence",
        )
    else:
        yield "Data", f"{data.source}: {count(data.n, 'question')}, {count(data.n_duplicates, 'duplicate')} left out"
    if data.sha256 is not None or provenance.predictions is None:
        yield "Data hash", data.sha256 or DASH
    if template is not None:
        examples = "" if provenance.examples is None else f"{count(provenance.examples, 'worked example')}; "
        yield "Prompt", f"{examples}template hash {template.sha256 or DASH}"
    if evaluation.readout is not None:
        yield "Readout", _readout(evaluation.readout)
    if provenance.splits:
        yield "Splits", listing(f"{name} {n:,}" for name, n in provenance.splits.items())
        if provenance.seed is not None:
            yield "Seed of the splits", str(provenance.seed)
    if provenance.fitted_on is not None:
        yield "Maps fitted on", f"{count(provenance.fitted_on, 'question')} of train + calibration"
    if settings.n_boot:
        yield "Bootstrap", f"{settings.n_boot:,} resamples, level {percent(settings.level, 0)}, seed {settings.seed}"
    yield "Log loss", f"natural logarithm, probabilities kept {settings.log_loss_eps:g} away from 0 and 1"
    if provenance.versions:
        yield "Versions", listing(f"{name} {version}" for name, version in provenance.versions.items())
    if provenance.seconds is not None:
        yield "Time", f"{provenance.seconds:,.0f} s"


def _model(model: ModelSource) -> Iterator[tuple[str, str]]:
    engine = f"{model.engine or ''} {model.engine_version or ''}".strip()
    yield "Model", listing(dict.fromkeys([model.name, model.source or ""]))
    yield "Weights", model.weights or DASH
    yield "Run with", listing([engine, model.dtype or "", model.device or ""]) or DASH


def _predictions(predictions: PredictionsSource) -> Iterator[tuple[str, str]]:
    yield "Read as", predictions.format
    for name, value in predictions.facts.items():
        text = shorten(one_line(_fact(value)), _LONGEST_FACT)
        if text:
            words = shorten(one_line(name.replace("_", " ")), _LONGEST_NAME)
            yield words[:1].upper() + words[1:], text


def _fact(value: object) -> str:
    """Text of what JSON can hold; empty where there is nothing to say."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return listing(f"{name}: {text}" for name, part in value.items() if (text := _fact(part)))
    if isinstance(value, list | tuple):
        return listing(_fact(part) for part in value)
    return str(value)


def _readout(readout: Readout) -> str:
    if readout.choice is None:
        text = f"{readout.kind}, as asked for."
    else:
        accuracies = listing(f"{kind} {percent(value)}" for kind, value in readout.choice.items() if kind != "n")
        where = f" on {readout.choice['n']:,.0f} train questions" if "n" in readout.choice else ""
        text = f"{readout.kind}, the more accurate{where} ({accuracies})."
    if readout.label_mass is not None:
        text += f" The letters of the options held {percent(readout.label_mass)} of the probability."
    return text
