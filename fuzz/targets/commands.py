"""Commands, forms, messages and buttons: everything that people type, paste or click."""

import json
from typing import Any, Final

from bot.cards import listing, view
from bot.commands import Call, images, words
from bot.commands import run as run_command
from bot.commands.plain_words import named, plain
from bot.service import Asked
from bot.service.names import read_request_id
from bot.slack import text as shown
from bot.wording import told
from fuzz import checks
from fuzz.desk import new_desk
from fuzz.target import Target, chosen, json_seed, seed, text
from workers.core.errors import RegcleanError
from workers.core.request import Origin

_DESK: Final = new_desk()
_ORIGIN: Final = Origin(channel="C0000001", response_url="https://hooks.slack.example/1")


def _command(typed: str) -> None:
    def call(read: words.Words) -> Call:
        return Call(words=read, asker="U0000EVE", channel="C0000001", response_url="", payload="1.2.3")

    answer = run_command(typed, call, _DESK)
    if answer.view:
        checks.view(answer.view, "modal")
    else:
        checks.message(answer.message)


def _form(content: str) -> None:
    """The first line is the reason, the others the images."""
    reason, _, typed = content.partition("\n")
    read = words.read(plain(typed))
    asked = Asked(requester="U0000EVE", origin=_ORIGIN, payload="view-1", reason=named(plain(reason)))
    grouped = images.grouped(read, _DESK.known)
    if grouped:
        _DESK.service.open_remove(grouped, asked)


def _shortcut(message: str) -> None:
    found = images.candidates(message, _DESK.known)
    assert len(found) == len(set(found))
    checks.view(view.form(_ORIGIN, found), "modal")


def _request(typed: str) -> None:
    name = read_request_id(typed)
    assert read_request_id(name) == name
    assert read_request_id(name.upper()) == name


def _page(value: str) -> None:
    place = listing.Place.read(value)
    assert place.page >= 0


def _metadata(content: str) -> None:
    """What a form carries with it; Slack signs it, so it is ours, and still nothing else than ours is read."""
    try:
        given: Any = json.loads(content)
        origin = Origin.from_json(given)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return
    assert Origin.from_json(json.loads(json.dumps(origin.as_json()))) == origin


_KINDS: Final = (_command, _form, _shortcut, _request, _page, _metadata)


def run(data: bytes) -> None:
    kind, content = chosen(data, _KINDS)
    try:
        kind(text(content))
    except RegcleanError as error:
        sentence = told(error, "incident")
        assert len(sentence) <= 1_000
        checks.escaped(shown.line(sentence, 1_500))


_COMMANDS: Final = (
    "",
    "help rm",
    "ls prod/app 1.2 --share",
    "ls prod/app*:2023-*",
    'rm prod/app:1.2 staging/app:1 --reason "no longer used"',
    "rm --untagged prod/app --reason old",
    "rm\n- prod/app:1.2,\n2) `prod/app:1.3` # old\n```\n* staging/x:y\n```",
    "gc prod --reason=\u201cold\u201d",
    "status r-7k3m9q2x",
    "cancel R-7K3M9Q2X",
    "delete <https://registry.example.com/app:1|registry.example.com/app:1> &amp;&lt;@U1&gt;",
    "rm \u2014reason x prod/app:1",
)
TARGET: Final = Target(
    holds="an answer that Slack takes, or RegcleanError in one escaped sentence; what is opened names configured "
    "registries and whole references only, and its record says the same",
    run=run,
    seeds=(
        *(seed(0, each) for each in _COMMANDS),
        *(seed(1, f"because\n{each}") for each in _COMMANDS),
        seed(2, "Please clean prod/app:1.2 and 10:30 https://a/b:c registry.example.com/x@sha256:" + "0" * 64),
        seed(3, "R-7k3m9q2x"),
        seed(4, "l-0123456789abcdefghjk 3"),
        json_seed(5, _ORIGIN.as_json()),
    ),
    longest=2048,
    words=(
        "rm ",
        "ls ",
        "gc ",
        "help ",
        "status ",
        "cancel ",
        "--reason ",
        "--share",
        "--untagged",
        '--reason="',
        "prod/app:1",
        "staging/",
        "<@U0123|ann>",
        "<https://a|b>",
        "&amp;",
        "&lt;",
        "\u2014",
        "\u201c",
        "\u00a0",
        "\u200b",
        "```",
        "\n- ",
        "#",
    ),
)
