"""Words on the command line, or lines of a YAML file → the parameters of a typed function; help and errors to read."""

import argparse
import inspect
import re
import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

import jsonargparse

import calibrant

_CONFIG_HELP = "A YAML file with options, one a line, such as limit: 500. What stands behind it goes before it."
_WORDS: dict[type, str] = {int: "a whole number", str: "a text", Path: "a path", bool: "true or false"}
_SEVERAL = ", or several with commas between"


class _Help(jsonargparse.DefaultHelpFormatter):  # type: ignore[misc]  # it ships no types
    """Shows defaults, and no types."""

    def __init__(self, prog: str, **options: object) -> None:
        super().__init__(prog.replace(" [options]", ""), **options)

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        if isinstance(action, argparse._HelpAction):
            return "Show this help and exit."
        if "--print-config" in action.option_strings:
            return "Print all options with their values as YAML, fit for --config, and exit."
        if not action.option_strings or action.default in (None, False, argparse.SUPPRESS) or "default" in text:
            return text
        return f"{text.removesuffix('.')}; default: %(default)s."

    def _format_action_invocation(self, action: argparse.Action) -> str:
        shown = super()._format_action_invocation(action)
        # A list has a second name, with a plus, that adds to it: a detail of the library.
        return re.sub(r"(?: \S+)?, --[\w-]+\+", "", str(shown)) if action.option_strings else str(shown)


class Parser(jsonargparse.ArgumentParser):  # type: ignore[misc]
    """Spells options with hyphens, lets a switch stand alone and a list be written a,b, and errs in one line."""

    verbs: ClassVar[tuple[str, ...]] = ()
    accepted: ClassVar[dict[str, str]] = {}
    entries: ClassVar[dict[str, tuple[object, int | str]]] = {}
    """The verbs, what each parameter takes in words, and of those that take several words what each is, and how many
    there are: ``run`` fills them in."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, formatter_class=_Help, print_config="--print-config", **options)

    def add_argument(self, *names: str, **options: object) -> object:
        """Add one option."""
        hyphened = [f"--{name[2:].replace('_', '-')}" if name.startswith("--") else name for name in names]
        if hyphened != list(names):
            options.setdefault("dest", names[0].removeprefix("--"))
        if options.get("type") is bool and options.get("default") in (False, argparse.SUPPRESS):
            del options["type"]
            options["action"] = "store_true"
        if hyphened[0] in self.entries:
            # The library wants one word with brackets; a user writes a word an entry.
            kind, n_words = self.entries[hyphened[0]]
            options.pop("action", None)
            options |= {"type": kind, "nargs": n_words}
        return super().add_argument(*hyphened, **options)

    def parse_args(self, args: Sequence[str] | None = None, **options: object) -> object:
        """Parse, with the brackets around each list that the library wants and a user does not write."""
        lists = {f"--{name.replace('_', '-')}" for name, takes in self.accepted.items() if takes.endswith(_SEVERAL)}
        lists -= set(self.entries)
        words = list(args or ())
        for place, word in enumerate(words):
            name, equals, value = word.partition("=")
            if equals and name in lists:
                words[place] = f"{name}={_bracket(value)}"
            elif place and words[place - 1] in lists:
                words[place] = _bracket(word)
        return super().parse_args(words, **options)

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Say in one line what is wrong, and exit with status 2."""
        parser = getattr(ex, "subcommand_parser", None) or self
        program = parser.prog.replace(" [options]", "")
        print(f"calibrant: error: {parser.explain(message)} (see {program} --help)", file=sys.stderr)
        raise SystemExit(2)

    def explain(self, message: str) -> str:
        """Say what the library says, in our words where we have some."""
        if "subcommand" in message:
            given = re.search(r"invalid choice: (\S+)", message)
            return f"{f'there is no verb {given[1]}; ' if given else ''}name one of {', '.join(self.verbs)}"
        key = re.search(r'key "(?:\w+\.)?(\w+)":', message)
        value = re.search(r"(?:Given|Got) value: (.*)", message)
        if key and value and key[1] in self.accepted:
            return f"--{key[1].replace('_', '-')} must be {self.accepted[key[1]]}; got {value[1].strip()}"
        line = " ".join(message.split()).replace('Parser key "config": ', "--config: ")
        # Names of the library's own: the second one of a list, and the verb before a parameter.
        return re.sub(r"/--[\w-]+\+|, --[\w-]+\+|(?<=required: )\w+\.", "", line)


def run(table: dict[str, Callable[..., int]], arguments: Sequence[str], description: str) -> int:
    """Parse the arguments, call the verb that they name, and return what it returns."""
    jsonargparse.set_parsing_settings(docstring_parse_attribute_docstrings=True)
    heads = {_paragraphs(verb)[0]: " ".join(_paragraphs(verb)) for verb in table.values()}

    parameters = [(name, kind) for verb in table.values() for name, kind in _types(verb).items()]

    class VerbParser(Parser):
        verbs: ClassVar = tuple(table)
        accepted: ClassVar = {name: _in_words(kind) for name, kind in parameters}
        entries: ClassVar = {key: words for every in parameters for key, words in _several(*every).items()}

        def __init__(self, *args: object, description: str = "", **options: object) -> None:
            super().__init__(*args, description=heads.get(description, description), **options)

    status: int = jsonargparse.auto_cli(
        table,
        args=list(arguments),
        parser_class=VerbParser,
        prog="calibrant",
        description=description,
        config_help=_CONFIG_HELP,
        version=calibrant.__version__,
    )
    return status


def _paragraphs(verb: Callable[..., int]) -> list[str]:
    """Return the paragraphs of a docstring that stand before its first section, a line each."""
    text = inspect.cleandoc(verb.__doc__ or "").partition("\nParameters\n")[0]
    return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]


def _types(verb: Callable[..., int]) -> dict[str, object]:
    """Return the type of every parameter, those of an unpacked ``TypedDict`` included."""
    types = get_type_hints(verb)
    options = types.pop("options", None)
    return {**types, **(get_type_hints(get_args(options)[0]) if options else {})}


def _several(name: str, annotation: object) -> dict[str, tuple[object, int | str]]:
    """Return how a parameter is spelt that takes several words, what each word is, and how many there are.

    Examples
    --------
    >>> _several("files", list[int]), _several("files", tuple[int, ...]), _several("pair", tuple[int, int] | None)
    ({'files': (<class 'int'>, '+')}, {'files': (<class 'int'>, '*')}, {'--pair': (<class 'int'>, 2)})
    """
    if get_origin(annotation) is list:
        return {name: (get_args(annotation)[0], "+")}
    for kind in (annotation, *get_args(annotation)):
        if get_origin(kind) is tuple:
            first, *others = get_args(kind)
            option = f"--{name.replace('_', '-')}"
            return {name: (first, "*")} if others == [...] else {option: (first, 1 + len(others))}
    return {}


def _bracket(value: str) -> str:
    return value if value.startswith(("[", "--")) else f"[{value}]"


def _in_words(annotation: object) -> str:
    """Say what a parameter of this type accepts.

    Examples
    --------
    >>> _in_words(int | None), _in_words(Literal["a", "b"]), _in_words(list[int])
    ('a whole number', 'a or b', 'a whole number, or several with commas between')
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(_in_words(part) for part in arguments if part is not type(None))
    if origin is Literal:
        return " or ".join(map(str, arguments))
    if origin is list:
        return _in_words(arguments[0]) + _SEVERAL
    if origin is tuple:
        return " and then ".join(_in_words(part) for part in arguments if part is not ...)
    if origin is dict:
        return "given entry by entry, as in --columns.question text"
    return _WORDS.get(annotation, "something else") if isinstance(annotation, type) else "something else"
