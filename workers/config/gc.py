"""Garbage collection settings: one class per runner, chosen by the key `runner`; commands are lists, never a shell."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainValidator

from workers.config.base import Settings, misplaced
from workers.config.scalars import FullPath, Reading, seconds

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


def _collector(check: Callable[[list[str]], str | None]) -> Reading:
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


def _dry(words: list[str]) -> str | None:
    if not {"--dry-run", "--dry-run=true"} & set(words):
        return "Add --dry-run; without it this command would delete before anybody approved."
    return None


def _wet(words: list[str]) -> str | None:
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


class CommandRunnerSettings(Settings):
    """`runner: command`: everything is done by commands on the workers' machine, run in order."""

    runner: Literal["command"] = Field(description="How collection is run.", examples=["command"])
    read_only_on: SomeCommands = Field(
        description="Makes the registry refuse writes.", examples=[[["systemctl", "restart", "registry-readonly"]]]
    )
    read_only_off: SomeCommands = Field(
        description="Makes the registry take writes again.", examples=[[["systemctl", "restart", "registry"]]]
    )
    dry_run: Annotated[Arguments, _collector(_dry)] = Field(
        description="Lists what collection would free, with `--dry-run`.",
        examples=[["registry", "garbage-collect", "--dry-run", "/etc/docker/registry/config.yml"]],
    )
    collect: Annotated[Arguments, _collector(_wet)] = Field(
        description="Collects. `--delete-untagged` (`-m`) is refused: it deletes children of tagged indexes.",
        examples=[["registry", "garbage-collect", "/etc/docker/registry/config.yml"]],
    )
    restart: Commands = Field(
        default=(), description="Restarts the registry afterwards, which empties its in-memory blob cache."
    )
    flush: Commands = Field(
        default=(), description="Empties a blob cache that outlives a restart, such as one in Redis."
    )
    stop: Commands = Field(default=(), description="Stops a collector that is still running.")
    collecting: Command | None = Field(
        default=None, description="Exits with 0 while a collector runs and with 1 when none does."
    )
    storage_root: FullPath | None = Field(
        default=None,
        description="The filesystem driver's `rootdirectory`, where the workers can read it; bytes are then measured.",
        examples=["/var/lib/registry"],
    )
    push_grace: Annotated[float, seconds("30d", zero=True)] = Field(
        default=3600.0,
        description="A repository that a push worked on more recently is not removed from the catalog, even if it "
        "looks empty: its manifest may be on its way.",
    )
    timeout: Annotated[float, seconds("7d")] = Field(
        default=3600.0, description="How long one command may take.", json_schema_extra={"default": "1h"}
    )


RUNNERS: Final[Mapping[str, type[CommandRunnerSettings]]] = {"command": CommandRunnerSettings}


def _chosen(value: Any) -> Any:
    """The settings of the runner that is named; its mistakes keep their place, without a union's tag in the path."""
    if isinstance(value, tuple(RUNNERS.values())):
        return value
    runner = value.get("runner") if isinstance(value, dict) else None
    if runner is None:
        return CommandRunnerSettings.model_validate(value)
    if not isinstance(runner, str) or runner not in RUNNERS:
        near = get_close_matches(runner, RUNNERS, n=1) if isinstance(runner, str) else []
        sentence = f"There is no such runner; did you mean “{near[0]}”?" if near else _RUNNERS
        raise misplaced([(("runner",), sentence)])
    return RUNNERS[runner].model_validate(value)


_RUNNERS: Final = f"There is no such runner; write runner: {' or '.join(RUNNERS)}."

GcSettings: TypeAlias = Annotated[
    CommandRunnerSettings, PlainValidator(_chosen, json_schema_input_type=CommandRunnerSettings)
]
