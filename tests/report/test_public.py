"""What the package offers, and what it costs to import."""

import subprocess
import sys

import calibrant.report


def test_names_are_sorted_and_there():
    assert calibrant.report.__all__ == sorted(calibrant.report.__all__)
    assert all(callable(getattr(calibrant.report, name)) for name in calibrant.report.__all__)


def test_import_does_not_load_matplotlib():
    code = "import sys, calibrant.report; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
