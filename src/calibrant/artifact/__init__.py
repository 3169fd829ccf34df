"""A fitted pipeline on disk, bound to the model, engine and prompt that it was fitted for."""

from calibrant.artifact._artifact import RAW, Artifact, Predictions
from calibrant.artifact._fit import METHODS, fit_artifact
from calibrant.artifact._store import load_artifact, save_artifact

__all__ = ["METHODS", "RAW", "Artifact", "Predictions", "fit_artifact", "load_artifact", "save_artifact"]
