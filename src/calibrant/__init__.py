"""Calibrant: how often a language model is right when it says 90 %, and what number it should have said.

The folders are the stages, in the order in which data flows:

``data`` → ``models`` → ``readouts`` → ``grading``, ``scores`` → ``calibrators`` → ``artifact`` → ``evaluation`` →
``report``; ``metrics`` stands on its own and ``cli`` chains the stages. Import from the folder that you need, for
example ``from calibrant.metrics import expected_calibration_error``: this module imports none of them, so that
``import calibrant`` stays instant.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
