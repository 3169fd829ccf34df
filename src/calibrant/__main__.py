"""``python -m calibrant`` is the ``calibrant`` command."""

import sys

from calibrant.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
