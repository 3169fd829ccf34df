"""How the page was made, line by line."""

from collections.abc import Iterator

from calibrant.evaluation._record import Evaluation
from calibrant.report._text import DASH, count, listing, percent


def provenance_lines(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """Name and text of each line.

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
    model, data, template = provenance.model, provenance.data, provenance.template
    engine = f"{model.engine or ''} {model.engine_version or ''}".strip()
    yield "Model", listing(dict.fromkeys([model.name, model.source or ""]))
    yield "Weights", model.weights or DASH
    yield "Run with", listing([engine, model.dtype or "", model.device or ""]) or DASH
    yield "Data", f"{data.source}: {count(data.n, 'question')}, {count(data.n_duplicates, 'duplicate')} left out"
    yield "Data hash", data.sha256 or DASH
    yield "Prompt", f"{count(provenance.examples, 'worked example')}; template hash {template.sha256 or DASH}"
    yield "Readout", _readout(evaluation)
    yield "Splits", listing(f"{name} {n:,}" for name, n in provenance.splits.items())
    yield "Seed of the splits", str(provenance.seed)
    yield "Maps fitted on", f"{count(provenance.fitted_on, 'question')} of train + calibration"
    yield "Bootstrap", f"{settings.n_boot:,} resamples, level {percent(settings.level, 0)}, seed {settings.seed}"
    yield "Log loss", f"natural logarithm, probabilities kept {settings.log_loss_eps:g} away from 0 and 1"
    yield "Versions", listing(f"{name} {version}" for name, version in provenance.versions.items())
    if provenance.seconds is not None:
        yield "Time", f"{provenance.seconds:,.0f} s"


def _readout(evaluation: Evaluation) -> str:
    readout = evaluation.readout
    if readout.choice is None:
        text = f"{readout.kind}, as asked for."
    else:
        accuracies = listing(f"{kind} {percent(value)}" for kind, value in readout.choice.items() if kind != "n")
        where = f" on {readout.choice['n']:,.0f} train questions" if "n" in readout.choice else ""
        text = f"{readout.kind}, the more accurate{where} ({accuracies})."
    if readout.label_mass is not None:
        text += f" The letters of the options held {percent(readout.label_mass)} of the probability."
    return text
