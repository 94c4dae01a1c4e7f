"""Handlers: one function for each command; each saves at most once and returns what is said at once."""

from collections.abc import Sequence

from bot.cards import overview
from bot.cards.request import card
from bot.cards.view import form
from bot.commands import images
from bot.commands.answer import Answer, said
from bot.commands.call import Call, Desk
from bot.commands.opened import taken
from bot.slack import text
from bot.slack.blocks import Message
from workers.core import addressing
from workers.core.addressing import Known
from workers.core.errors import BadInput, BadName
from workers.core.listing import Query
from workers.core.request import State
from workers.core.rules import Denial


def remove(call: Call, desk: Desk) -> Answer:
    """`rm IMAGE…`, `rm --untagged REPOSITORY…`, or `rm` alone, which opens a form."""
    if "--untagged" in call.words.options:
        return _remove_untagged(call, desk)
    if not call.words.words:
        return Answer(view=form(call.origin, reason=call.words.reason))
    opened = desk.service.open_remove(images.grouped(call.words, desk.known), call.asked)
    return taken(opened, share=call.words.share)


def _remove_untagged(call: Call, desk: Desk) -> Answer:
    if not call.words.words:
        example = f"{desk.known[0].name}/app"
        raise BadInput(f"Say which repository: /regclean rm --untagged {example}.")
    opened = desk.service.open_untagged(images.repositories(call.words, desk.known), call.asked)
    return taken(opened, share=call.words.share)


def collect(call: Call, desk: Desk) -> Answer:
    """`gc REGISTRY`; it is refused where images are damaged already, unless that is accepted."""
    names = call.words.texts
    if len(names) != 1:
        raise BadInput(f"Say which one registry: /regclean gc {desk.known[0].name}.")
    accepts = "--accept-damage" in call.words.options
    opened = desk.service.open_collect(addressing.registry(names[0], desk.known), call.asked, accepts_damage=accepts)
    if isinstance(opened, Denial):
        return said([text.ruling(opened.sentence)])
    return taken([opened], share=call.words.share)


def look(call: Call, desk: Desk) -> Answer:
    """`ls [REGISTRY[/REPOSITORY]] [FILTER]`."""
    query = _query(call.words.texts, desk.known)
    desk.service.look(query, call.asker, call.origin, call.payload)
    where = ", ".join(query.registries) + (f"/{query.repository}" if query.repository else "")
    return said([f"Looking at {text.line(where)}…"], share=call.words.share)


def _query(words: list[str], known: Sequence[Known]) -> Query:
    everywhere = tuple(each.name for each in known)
    if len(words) > 2:
        raise BadInput(f"ls takes a place and one filter: /regclean ls {known[0].name}/app 1.2.")
    if not words:
        return Query(registries=everywhere)
    pattern = words[1] if len(words) == 2 else ""
    if not pattern and _is_pattern(words[0]):
        return _pattern_query(words[0], known)
    try:
        place = addressing.place(words[0], known)
    except BadName as error:
        raise _not_a_place(words[0], known, error) from error
    return Query(registries=(place.registry,), repository=str(place.repository or ""), pattern=pattern)


def _is_pattern(word: str) -> bool:
    return any(sign in word for sign in "*?[")


def _pattern_query(word: str, known: Sequence[Known]) -> Query:
    """A glob may begin with a registry; without one it goes over all."""
    head, slash, rest = word.partition("/")
    found = next((each.name for each in known if slash and rest and each.answers_to(head)), None)
    if found:
        return Query(registries=(found,), pattern=rest)
    return Query(registries=tuple(each.name for each in known), pattern=word)


def _not_a_place(word: str, known: Sequence[Known], error: BadName) -> BadInput:
    """Say how to look for a tag where somebody named an image."""
    try:
        image = addressing.image(word, known)
    except BadName:
        return error
    better = f"/regclean ls {image.registry}/{image.reference.repository} {image.reference.target}"
    return BadInput(f"“{word[:100]}” is an image; to look for it, write {better}.")


def status(call: Call, desk: Desk) -> Answer:
    """`status`, or `status REQUEST`."""
    names = call.words.texts
    if len(names) > 1:
        raise BadInput(f"status shows one request at a time: /regclean status {names[0]}.")
    if not names:
        return Answer(message=overview.overview(desk.service.overview(call.asker)), share=call.words.share)
    return Answer(message=_standing(desk, desk.service.find(names[0])), share=call.words.share)


def _standing(desk: Desk, request_id: str) -> Message:
    """The card without its buttons, and the way to the real one."""
    shown = desk.service.shown(request_id)
    drawn = card(shown)
    kept = tuple(block for block in drawn.blocks if block["type"] != "actions")
    return overview.with_link(Message(text=drawn.text, blocks=kept), desk.service.links([request_id]).get(request_id))


def cancel(call: Call, desk: Desk) -> Answer:
    """`cancel REQUEST`."""
    names = call.words.texts
    if len(names) != 1:
        raise BadInput("Say which one request: /regclean cancel r-7k3m9q2x; /regclean status lists yours.")
    outcome = desk.service.cancel(desk.service.find(names[0]), call.asker)
    if isinstance(outcome, Denial):
        return said([text.ruling(outcome.sentence)])
    if outcome.state is State.CANCELLED:
        return said([f"{text.code(outcome.id)} is cancelled."], share=call.words.share)
    return said([f"{text.code(outcome.id)} stops before its next step."], share=call.words.share)
