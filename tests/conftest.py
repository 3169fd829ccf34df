"""Settings that all tests share."""

from hypothesis import settings

# A busy machine is no fault of an example. All else stays: where CI is set, hypothesis repeats the same examples.
settings.register_profile("calibrant", settings(), deadline=None)
settings.load_profile("calibrant")
