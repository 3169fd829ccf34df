import calibrant
from calibrant.cli.main import main
from calibrant.cli.provenance import arguments, provenance


def test_versions():
    versions = provenance()["versions"]
    assert versions["calibrant"] == calibrant.__version__
    assert {"python", "numpy", "scipy", "scikit-learn"} <= set(versions)


def test_the_command_can_be_pasted_into_a_shell():
    token = arguments.set(["audit", "--data", "my questions.jsonl"])
    try:
        assert provenance()["command"] == "calibrant audit --data 'my questions.jsonl'"
    finally:
        arguments.reset(token)


def test_a_command_is_forgotten_when_it_is_done(capsys):
    main(["--help"])
    capsys.readouterr()
    assert provenance()["command"] == "calibrant"
