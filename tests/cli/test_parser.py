from pathlib import Path
from typing import Literal, TypedDict, Unpack

import pytest

from calibrant.cli.parser import run


class Options(TypedDict, total=False):
    """More."""

    layers: list[int] | None
    """Some layers."""

    glossy: bool
    """Whether it shines."""


def paint(
    wall: Path, colour_name: Literal["red", "blue"] = "red", fast: bool = False, **options: Unpack[Options]
) -> int:
    """Paint a wall.

    Mind the cat.

    Parameters
    ----------
    wall : Path
        The wall.
    colour_name : str
        Which colour.
    fast : bool
        Whether to hurry.
    """
    SAID.append({"wall": wall, "colour_name": colour_name, "fast": fast, **options})
    return 3


SAID: list[dict[str, object]] = []


def call(*words):
    SAID.clear()
    status = run({"paint": paint}, words, "A painter.")
    return status, SAID[0]


def test_the_status_is_that_of_the_verb():
    assert call("paint", "w")[0] == 3


def test_defaults_are_those_of_the_function():
    assert call("paint", "w")[1] == {"wall": Path("w"), "colour_name": "red", "fast": False}


def test_a_switch_among_the_further_options_stands_alone_and_is_absent_where_it_is_not_given():
    assert call("paint", "w", "--glossy")[1] == {
        "wall": Path("w"),
        "colour_name": "red",
        "fast": False,
        "glossy": True,
    }
    assert "glossy" not in call("paint", "w")[1]


def test_options_are_spelt_with_hyphens_and_a_switch_stands_alone():
    assert call("paint", "w", "--colour-name", "blue", "--fast")[1] == {
        "wall": Path("w"),
        "colour_name": "blue",
        "fast": True,
    }


@pytest.mark.parametrize(
    "words", [("--layers", "1,2"), ("--layers=1,2"), ("--layers", "[1,2]"), ("--layers=[1, 2]")], ids=str
)
def test_a_list_is_written_with_commas(words):
    words = (words,) if isinstance(words, str) else words
    assert call("paint", "w", *words)[1]["layers"] == [1, 2]


def test_one_entry_is_a_list():
    assert call("paint", "w", "--layers", "7")[1]["layers"] == [7]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("paint", "w", "--colour-name", "green"), "--colour-name must be red or blue; got green"),
        (("paint", "w", "--layers", "1,x"), "--layers must be a whole number, or several with commas between; got x"),
        (("paint", "w", "--layers", "--fast"), "argument --layers: expected one argument"),
        (("paint",), "the following arguments are required: wall"),
        (("print",), "there is no verb 'print'; name one of paint"),
        ((), "name one of paint"),
    ],
)
def test_errors_are_one_line(capsys, words, message):
    with pytest.raises(SystemExit) as stop:
        call(*words)
    out, err = capsys.readouterr()
    assert (stop.value.code, out) == (2, "")
    assert err.startswith(f"calibrant: error: {message}")
    assert err.count("\n") == 1


def test_help_tells_all_of_the_docstring_and_no_types(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as stop:
        call("paint", "--help")
    out = capsys.readouterr().out
    assert stop.value.code == 0
    assert "Paint a wall. Mind the cat." in out
    assert "  wall                  The wall." in out
    assert "  --colour-name {red,blue}\n                        Which colour; default: red." in out
    assert "  --fast                Whether to hurry." in out
    assert "  --layers LAYERS       Some layers." in out


def hang(pictures: list[Path], names: list[str] | None = None, level: bool = False) -> int:
    """Hang pictures.

    Parameters
    ----------
    pictures : list of Path
        The pictures.
    names : list of str, optional
        What to call them.
    level : bool
        Whether to use a spirit level.
    """
    SAID.append({"pictures": pictures, "names": names, "level": level})
    return 0


@pytest.mark.parametrize(
    "words", [("a.png", "b c.png", "--level"), ("--level", "a.png", "b c.png")], ids=["before", "behind"]
)
def test_a_positional_list_takes_a_word_an_entry(words):
    SAID.clear()
    assert run({"hang": hang, "paint": paint}, ["hang", *words], "A painter.") == 0
    assert SAID[0] == {"pictures": [Path("a.png"), Path("b c.png")], "names": None, "level": True}


def test_a_positional_list_wants_an_entry_and_reads_well(capsys):
    with pytest.raises(SystemExit):
        run({"hang": hang}, ["hang", "--level"], "A painter.")
    assert "the following arguments are required: pictures" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run({"hang": hang}, ["hang", "--help"], "A painter.")
    out = capsys.readouterr().out
    assert "pictures [pictures ...]" in out
    assert "  pictures              The pictures." in out


def swap(pictures: tuple[Path, ...], walls: tuple[str, str] | None = None) -> int:
    """Swap pictures.

    Parameters
    ----------
    pictures : tuple of Path
        The pictures.
    walls : tuple of (str, str), optional
        From where to where.
    """
    SAID.append({"pictures": pictures, "walls": walls})
    return 0


def queue(walls: list[str]) -> int:
    """Queue walls.

    Parameters
    ----------
    walls : list of str
        The walls.
    """
    SAID.append({"walls": walls})
    return 0


@pytest.mark.parametrize(
    ("words", "pictures", "walls"),
    [
        ((), [], None),
        (("a.png", "b.png"), ["a.png", "b.png"], None),
        (("--walls", "north, left", "south"), [], ["north, left", "south"]),
        (("a.png", "--walls", "north", "south"), ["a.png"], ["north", "south"]),
        (("--walls", "north", "south", "a.png"), ["a.png"], ["north", "south"]),
    ],
)
def test_a_pair_takes_two_words_and_positionals_may_be_none(words, pictures, walls):
    # Another verb may take as many words under the same name.
    for table in ({"swap": swap, "queue": queue}, {"queue": queue, "swap": swap}):
        SAID.clear()
        assert run(table, ["swap", *words], "A painter.") == 0
        assert [str(picture) for picture in SAID[0]["pictures"]] == pictures
        assert (None if SAID[0]["walls"] is None else list(SAID[0]["walls"])) == walls
        run(table, ["queue", "east", "west"], "A painter.")
        assert SAID[1] == {"walls": ["east", "west"]}


def test_a_pair_of_one_is_refused(capsys):
    with pytest.raises(SystemExit):
        run({"swap": swap}, ["swap", "--walls", "north"], "A painter.")
    assert "--walls: expected 2 arguments" in capsys.readouterr().err


def test_a_pair_reads_well(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit):
        run({"swap": swap}, ["swap", "--help"], "A painter.")
    out = capsys.readouterr().out
    assert "--walls WALLS WALLS   From where to where." in out
    assert "pictures              The pictures." in out
