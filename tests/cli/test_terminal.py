import io

import pytest

from calibrant.cli.terminal import Terminal, plain


def test_markup_and_steering_characters_are_no_more_than_text():
    assert plain("[red]a[/red]\x1b[31m\tb\nc").plain == "[red]a[/red] [31m b\nc"
    assert not plain("[red]a[/red]").spans


def test_a_closed_pipe_is_left_to_the_caller():
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        Terminal(file=Closed()).print("a")
