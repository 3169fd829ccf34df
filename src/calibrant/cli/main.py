"""``calibrant``: a table of verbs, each a typed function whose parameters are its options."""

import io
import os
import sys
from collections.abc import Callable, Sequence

from calibrant.cli import provenance
from calibrant.cli.answer import answer
from calibrant.cli.audit import audit
from calibrant.cli.check import check
from calibrant.cli.compare import compare
from calibrant.cli.evaluate import evaluate
from calibrant.cli.export import export
from calibrant.cli.fit import fit
from calibrant.cli.import_ import import_
from calibrant.cli.parser import run
from calibrant.cli.predict import predict
from calibrant.cli.readout import readout
from calibrant.cli.report import report
from calibrant.cli.select import select
from calibrant.cli.survey import survey
from calibrant.exceptions import CalibrantError

VERBS: dict[str, Callable[..., int]] = {
    "audit": audit,
    "readout": readout,
    "answer": answer,
    "fit": fit,
    "export": export,
    "import": import_,
    "evaluate": evaluate,
    "compare": compare,
    "survey": survey,
    "report": report,
    "predict": predict,
    "select": select,
    "check": check,
}

DESCRIPTION = "When a language model says 90 %, how often is it right, and what number should it have said?"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 done, 1 a gate failed, 2 it could not be done."""
    arguments = sys.argv[1:] if argv is None else argv
    token = provenance.arguments.set(tuple(arguments))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack letters that questions have
    try:
        status = run(VERBS, arguments, DESCRIPTION)
        _flush()
    except CalibrantError as error:
        return _fail(str(error))
    except BrokenPipeError:
        return _fail("the standard output was closed before everything was printed")
    except OSError as error:
        # A file that cannot be read or a disk that cannot be used, outside of what was foreseen: not a bug either.
        return _fail(f"{error.strerror or error}: {error.filename or 'while reading or printing'}")
    except KeyboardInterrupt:
        return _fail("interrupted; what was finished is kept, and the same command goes on from there")
    except SystemExit as stop:  # the parser has said what is wrong, or printed its help
        return stop.code if isinstance(stop.code, int) else 2
    finally:
        provenance.arguments.reset(token)
    return status


def _fail(message: str) -> int:
    print(f"calibrant: error: {' '.join(message.splitlines())}", file=sys.stderr)
    try:
        _flush()
    except OSError:
        # What cannot be printed is let go, or Python would try, and complain, again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 2


def _flush() -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.flush()
