"""Readout x Question → was the answer right: 1, 0, or NaN where nobody can say."""

from calibrant.grading._choice import GradedChoices, grade_choices

__all__ = ["GradedChoices", "grade_choices"]
