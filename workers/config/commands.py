"""Commands in the configuration: lists of arguments that no shell reads, and what a collector may be told."""

import re
from collections.abc import Callable
from typing import Annotated, Final, TypeAlias

from workers.config.base import misplaced
from workers.config.scalars import Reading

Arguments: TypeAlias = tuple[str, ...]
_ARGUMENTS_SCHEMA: Final = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_LIST: Final = (
    "Write a list of arguments, such as [registry, garbage-collect, /etc/registry/config.yml]; no shell reads it."
)
_LISTS: Final = "Write a list of argument lists, such as [[systemctl, restart, registry]]; no shell reads them."


def _arguments(value: object) -> Arguments:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(_LIST)
    for position, argument in enumerate(value):
        if not isinstance(argument, str):
            inner, sentence = isinstance(argument, list | dict), f"Put argument {position + 1} in quotes."
            raise ValueError(_LIST if inner else sentence)  # noqa: TRY004 - pydantic gathers only ValueErrors
    if not value[0].strip() or (len(value) == 1 and re.search(r"\s", value[0].strip())):
        raise ValueError(_LIST)
    return tuple(value)


def _commands(value: object) -> tuple[Arguments, ...]:
    if not isinstance(value, list | tuple) or any(isinstance(each, str) for each in value):
        raise ValueError(_LISTS)
    found = [((index,), sentence) for index, each in enumerate(value) if (sentence := _wrong(each))]
    if found:
        raise misplaced(found)
    return tuple(tuple(each) for each in value)


def _wrong(value: object) -> str | None:
    try:
        _arguments(value)
    except ValueError as error:
        return str(error)
    return None


def _some_commands(value: object) -> tuple[Arguments, ...]:
    commands = _commands(value)
    if not commands:
        raise ValueError("Write at least one argument list; without it pushes during collection would lose images.")
    return commands


def collector(check: Callable[[list[str]], str | None]) -> Reading:
    """A run of `registry garbage-collect`; `check` gets the words of all arguments and returns what is wrong."""

    def read(value: object) -> Arguments:
        arguments = _arguments(value)
        words = " ".join(arguments).split()
        sentence = _harm(words) or check(words)
        if sentence:
            raise ValueError(sentence)
        return arguments

    return Reading(read, _ARGUMENTS_SCHEMA)


def _harm(words: list[str]) -> str | None:
    if any(word.startswith("--delete-untagged") for word in words) or "m" in _letters(words):
        return (
            "Remove --delete-untagged (-m): it deletes the children of tagged indexes; "
            "use “/regclean rm --untagged REPOSITORY” for untagged manifests."
        )
    if any(word.startswith("--quiet") for word in words) or "q" in _letters(words):
        return "Remove --quiet (-q): regclean reads the collector's output."
    return None


def _letters(words: list[str]) -> str:
    """The one-letter options after `garbage-collect`; before it, `-m` may be an option of something else."""
    after = words[words.index("garbage-collect") + 1 :] if "garbage-collect" in words else []
    return "".join(word.partition("=")[0] for word in after if re.match(r"-[a-z]", word))


def dry(words: list[str]) -> str | None:
    """What is wrong with the words of a rehearsal."""
    if not {"--dry-run", "--dry-run=true"} & set(words):
        return "Add --dry-run; without it this command would delete before anybody approved."
    return None


def wet(words: list[str]) -> str | None:
    """What is wrong with the words of a real collection."""
    if any(word.startswith("--dry-run") for word in words) or "d" in _letters(words):
        return "Remove --dry-run (-d): this command must really collect; the rehearsal is dry_run."
    return None


Command: TypeAlias = Annotated[Arguments, Reading(_arguments, _ARGUMENTS_SCHEMA)]
Commands: TypeAlias = Annotated[
    tuple[Arguments, ...], Reading(_commands, {"type": "array", "items": _ARGUMENTS_SCHEMA})
]
SomeCommands: TypeAlias = Annotated[
    tuple[Arguments, ...], Reading(_some_commands, {"type": "array", "items": _ARGUMENTS_SCHEMA, "minItems": 1})
]
