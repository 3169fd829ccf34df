"""``calibrant``: a table of verbs, each a typed function whose parameters are its options."""

import sys
from collections.abc import Callable, Sequence

import jsonargparse

from calibrant.cli.audit import audit
from calibrant.cli.evaluate import evaluate
from calibrant.cli.fit import fit
from calibrant.cli.predict import predict
from calibrant.cli.readout import readout
from calibrant.cli.report import report
from calibrant.exceptions import CalibrantError

VERBS: dict[str, Callable[..., int]] = {
    "audit": audit,
    "readout": readout,
    "fit": fit,
    "evaluate": evaluate,
    "report": report,
    "predict": predict,
}


class _Parser(jsonargparse.ArgumentParser):
    """Spells options with hyphens, and lets a switch stand alone."""

    def add_argument(self, *names: str, **options: object) -> object:
        """Add one option."""
        hyphened = [f"--{name[2:].replace('_', '-')}" if name.startswith("--") else name for name in names]
        if hyphened != list(names):
            options.setdefault("dest", names[0].removeprefix("--"))
        if options.get("type") is bool and options.get("default") is False:
            del options["type"]
            options["action"] = "store_true"
        return super().add_argument(*hyphened, **options)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 done, 1 a gate failed, 2 it could not be done."""
    jsonargparse.set_parsing_settings(docstring_parse_attribute_docstrings=True)
    try:
        status: int = jsonargparse.auto_cli(
            VERBS,
            args=list(sys.argv[1:] if argv is None else argv),
            parser_class=_Parser,
            prog="calibrant",
            description="When a language model says 90 %, how often is it right, and what number should it have said?",
        )
    except CalibrantError as error:
        return _fail(str(error))
    except OSError as error:
        # A file that cannot be read or a disk that cannot be used, outside of what was foreseen: not a bug either.
        return _fail(f"{error.strerror or error}: {error.filename or 'while reading or writing'}")
    except KeyboardInterrupt:
        return _fail("interrupted; what was finished is kept, and the same command goes on from there")
    return status


def _fail(message: str) -> int:
    print(f"calibrant: error: {message}", file=sys.stderr)
    return 2
