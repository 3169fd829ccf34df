"""What every table on the terminal shares: text that is printed as it stands, and a pipe that may be closed."""

from rich.console import Console
from rich.text import Text


class Terminal(Console):
    """Leaves a closed pipe to ``main``, which says so, as it does for all that is printed."""

    def on_broken_pipe(self) -> None:
        """Raise again what rich has caught."""
        raise


def plain(text: str) -> Text:
    """Text that is printed as it stands: no markup, and no character that steers a terminal."""
    return Text("".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text))
