"""``calibrant survey``: models x sets of questions → accuracy, confidence when right and when wrong; table and page."""

import json as json_module
import time
from pathlib import Path
from typing import Literal

from calibrant.cli.interview import AskedConfidence, Interviewer, SurveyFormat
from calibrant.cli.provenance import provenance
from calibrant.cli.survey_sets import load_sets, slug
from calibrant.cli.survey_table import print_survey
from calibrant.evaluation import EvaluationSettings, Interview, make_survey, read_survey
from calibrant.exceptions import InputError
from calibrant.files import write_json
from calibrant.report import write_survey
from calibrant.types import BinEdges, BinStrategy


def survey(
    models: list[str],
    data: str = "world-facts",
    names: list[str] | None = None,
    confidence: AskedConfidence = "auto",
    stated_format: SurveyFormat = "xiong-vanilla",
    with_context: bool = False,
    limit: int | None = None,
    device: str | None = None,
    dtype: Literal["float32", "bfloat16"] | None = None,
    bins: int = 15,
    strategy: BinStrategy = "uniform",
    edges: BinEdges = "right",
    n_boot: int = 1000,
    seed: int = 0,
    out: Path = Path("calibrant-survey"),
    json: bool = False,
) -> int:
    """Ask models the same questions and how sure they are, and compare confidence in right and in wrong answers.

    Every pair of model and set is a folder of its own: one that is finished is not asked again, and a run that was
    stopped goes on where it stopped when the same command is given again. Of a set that marks an official test part, as
    PubMedQA does (extra.split), only that part is asked.

    Parameters
    ----------
    models : list of str
        Hub ids, folders, GGUF files, servers (http://host:port/v1#name), embedded or fake; before the options.
    data : str
        A JSONL file of questions with options, or several with commas between; or world-facts, embedded.
    names : list of str, optional
        What to call the models, with commas between; default: their own names.
    confidence : str
        Ask for it in words (stated), read it from option likelihoods (options), or read it from these only where a
        model does not answer in the format asked for (auto).
    stated_format : str
        How confidence is asked for: one line with letter and percentage (xiong-vanilla), the same after reasoning
        (xiong-cot), or a guess and its probability from 0 to 1 on two lines (tian-1s-1).
    with_context : bool
        Put the text in extra.context, such as the abstract of PubMedQA, before each question that has one.
    limit : int, optional
        Ask at most so many questions of each set, drawn by the seed.
    device : str, optional
        Where to run: auto, cpu, cuda, mps; default: CALIBRANT_DEVICE, else auto.
    dtype : str, optional
        Number format of the weights; default: CALIBRANT_DTYPE, else float32.
    bins : int
        Bins of the calibration error.
    strategy : str
        Bins of equal width (uniform), of equal mass (quantile), or one for each distinct confidence (unique).
    edges : str
        Bins are (low, high] (right) or [low, high) (left).
    n_boot : int
        Bootstrap resamples.
    seed : int
        Seed of everything that is drawn.
    out : Path
        Folder for survey.json, survey.html and a folder for each model.
    json : bool
        Print the survey as JSON instead of a table.
    """
    started = time.monotonic()
    settings = EvaluationSettings(n_bins=bins, strategy=strategy, edges=edges, n_boot=n_boot, seed=seed)
    sets, notes = load_sets(data, with_context=with_context, limit=limit, seed=seed)
    if names is not None and (len(names) != len(models) or len(set(names)) < len(names)):
        raise InputError(f"names must give each of the {len(models)} models a name of its own; got {', '.join(names)}")
    interviews: list[Interview] = []
    known: dict[str, dict[str, object]] = {}
    for place, source in enumerate(models):
        interviewer = Interviewer(
            source, device=device, dtype=dtype, confidence=confidence, form=stated_format, seed=seed
        )
        identity = interviewer.identity
        name = names[place] if names else identity.name.removesuffix(".gguf")
        if slug(name) in map(slug, known):
            raise InputError(f"models: two are called {name!r}; give each a name of its own by --names")
        known[name] = {"source": identity.source, "weights": identity.weights, "dtype": identity.dtype}
        for one in sets:
            said, note = interviewer.interview(name, one, out / slug(name) / slug(one.name))
            interviews.append(said)
            notes += [note] if note else []
        del interviewer  # two models at once may not fit into memory
    found = make_survey(
        interviews,
        settings=settings,
        models=known,
        data={one.name: one.facts for one in sets},
        notes=notes,
        provenance=provenance(),
    )
    made = found["provenance"]
    if isinstance(made, dict):
        made["seconds"] = round(time.monotonic() - started, 1)
    write_json(out / "survey.json", found)
    page = write_survey(found, out / "survey.html")
    if json:
        print(json_module.dumps(found))
    else:
        print_survey(read_survey(found))
        print(f"\nThe page: {page.resolve()}")
    return 0
