"""Readout → one confidence score an answer; higher always means more confident."""

from calibrant.scores._options import margin, max_probability, negative_entropy, option_probabilities

__all__ = ["margin", "max_probability", "negative_entropy", "option_probabilities"]
