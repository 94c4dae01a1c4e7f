"""Table: every command with its hint, its options and its handler; `help` reads this table too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.commands import handlers, words
from bot.commands.answer import Answer, said
from bot.commands.call import Call, Desk
from bot.commands.words import Option
from bot.slack import text
from bot.wording import near
from workers.core.errors import BadInput

SHARE: Final = Option(name="--share", description="everybody in the channel sees the answer")
REASON: Final = Option(name="--reason", takes="TEXT", description="why, in quotes or to the end of its line")
ACCEPT: Final = Option(
    name="--accept-damage", description="collect although images are damaged already; the card lists them"
)
UNTAGGED: Final = Option(name="--untagged", description="what no tag points at in a repository, by digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`hint` is what follows the name; `more` is a sentence of its help, in mrkdwn.

    `also` are words people try first, which are suggested but not taken.
    """

    hint: str
    description: str
    run: Callable[[Call, Desk], Answer]
    more: str = ""
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def _help(call: Call, desk: Desk) -> Answer:
    """`help`, or `help COMMAND`."""
    del desk
    wanted = call.words.texts[:1]
    if not wanted:
        return said(overview_lines(), share=call.words.share)
    return said(_about(wanted[0].lower().removeprefix("/regclean")), share=call.words.share)


COMMANDS: Final[Mapping[str, Command]] = {
    "ls": Command(
        hint="[REGISTRY[/REPOSITORY]] [FILTER]",
        description="List images with digest, age and size.",
        run=handlers.look,
        more="FILTER is any part of `REPOSITORY:TAG`, such as `1.2`, or a pattern with `*` and `?` "
        "for all of it or for the tag alone, such as `app*:2023-*` or `nightly-*`.",
        options=(SHARE,),
        examples=("ls", "ls prod", "ls prod/app 1.2", "ls prod/app*:2023-*", "ls nightly-*"),
        also=("list", "images", "tags", "show", "dir"),
    ),
    "rm": Command(
        hint="IMAGE…",
        description="Ask to remove images, on one line or pasted as lines; alone it opens a form. "
        "Nothing goes before somebody else approved.",
        run=handlers.remove,
        options=(REASON, UNTAGGED, SHARE),
        examples=('rm prod/app:1.2 prod/app:1.3 --reason "no longer used"', "rm --untagged prod/app"),
        also=("remove", "delete", "del", "untag", "purge", "rmi"),
    ),
    "gc": Command(
        hint="REGISTRY",
        description="Ask to collect garbage, which frees the bytes of what was removed. "
        "The registry takes no writes meanwhile.",
        run=handlers.collect,
        options=(REASON, ACCEPT, SHARE),
        examples=("gc prod",),
        also=("collect", "garbage-collect", "clean", "prune"),
    ),
    "status": Command(
        hint="[REQUEST]",
        description="Show what is open, or where one request stands.",
        run=handlers.status,
        options=(SHARE,),
        examples=("status", "status r-7k3m9q2x"),
        also=("state", "requests", "info"),
    ),
    "cancel": Command(
        hint="REQUEST",
        description="Take back a request; one that runs stops before its next step.",
        run=handlers.cancel,
        options=(SHARE,),
        examples=("cancel r-7k3m9q2x",),
        also=("stop", "abort", "withdraw"),
    ),
    "help": Command(
        hint="[COMMAND]",
        description="Say what there is.",
        run=_help,
        options=(SHARE,),
        examples=("help rm",),
        also=("?", "usage", "man", "--help", "-h"),
    ),
}


def run(typed: str, call: Callable[[words.Words], Call], desk: Desk) -> Answer:
    """Carry out what was typed after the slash command; raises RegcleanError with the one thing to fix."""
    name, rest = words.first_word(typed)
    name = name or "help"
    command = COMMANDS.get(name)
    if command is None:
        raise _unknown(name)
    return command.run(call(words.read(rest, command.options)), desk)


def _unknown(name: str) -> BadInput:
    meant = next((known for known, command in COMMANDS.items() if name in command.also), None) or near(
        name, list(COMMANDS)
    )
    hint = f"did you mean {meant}?" if meant else f"there are {', '.join(COMMANDS)}."
    return BadInput(f"There is no command “{name[:40]}”; {hint}")


def overview_lines() -> list[str]:
    """All commands, a line each, in mrkdwn."""
    return [*map(_line, COMMANDS), f"More about one: {text.code('/regclean help rm')}."]


def _line(name: str) -> str:
    return f"{text.code(f'/regclean {name} {COMMANDS[name].hint}')} {COMMANDS[name].description}"


def _about(name: str) -> list[str]:
    command = COMMANDS.get(name)
    if command is None:
        raise _unknown(name)
    lines = [_line(name), *filter(None, [command.more])]
    lines += [f"• {text.code(f'{each.name} {each.takes}'.strip())}: {each.description}" for each in command.options]
    return lines + [f"For example {text.code(f'/regclean {example}')}" for example in command.examples]
