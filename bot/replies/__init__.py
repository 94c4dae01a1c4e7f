"""Replies: the jobs that post to Slack; they run in a process of their own, so an outage never repeats a deletion.

Both take one id, may run any number of times, and raise only when Slack or Redis stayed away too long: then the
request stays marked as behind, and the sweeper asks again.
"""

import asyncio

from bot.replies.anchoring import watching
from bot.replies.answering import answer_lookup
from bot.replies.room import Room, forget, room, use
from bot.replies.showing import show_request
from workers.store.context import name, name_request

__all__ = ["Room", "answer", "forget", "room", "show", "use", "watching"]


def show(request_id: str) -> None:
    """Bring a request's card, its thread and its asker up to date."""
    opened = room()
    name_request(opened.store.ledger.load(request_id))
    asyncio.run(show_request(opened, request_id))


def answer(lookup_id: str) -> None:
    """Post the answer to a question."""
    name(lookup=lookup_id)
    asyncio.run(answer_lookup(room(), lookup_id))
