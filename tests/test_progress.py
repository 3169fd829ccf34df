import pytest

from calibrant.progress import progress


def test_quiet_prints_nothing(capfd):
    with progress("Counting", 3, quiet=True) as advance:
        advance(3)

    assert capfd.readouterr() == ("", "")


def test_nothing_goes_to_the_standard_output(capfd):
    with progress("Counting", 3) as advance:
        advance(1)
        advance(2)

    assert capfd.readouterr().out == ""


def test_where_there_is_no_terminal_no_trace_is_left(capfd):
    with progress("Counting", 3) as advance:
        advance(3)

    assert capfd.readouterr().err.strip() == ""


def test_a_terminal_sees_the_title_and_the_count(capfd, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")

    with progress("Counting", 3) as advance:
        advance(2)

    shown = capfd.readouterr().err
    assert "Counting" in shown
    assert "2/3" in shown


@pytest.mark.parametrize("quiet", [True, False])
def test_an_error_inside_comes_through(quiet):
    with pytest.raises(KeyboardInterrupt), progress("Counting", 1, quiet=quiet):
        raise KeyboardInterrupt
