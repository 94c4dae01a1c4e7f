"""Replies: the jobs that post to Slack; they run in a process of their own, so an outage never repeats a deletion.

Both take one id, may run any number of times, and raise only when Slack or Redis stayed away too long: then the
request stays marked as behind, and the sweeper asks again.
"""

import asyncio

from bot.replies.answering import answer_lookup
from bot.replies.room import Room, forget, room, use
from bot.replies.showing import show_request

__all__ = ["Room", "answer", "forget", "room", "show", "use"]


def show(request_id: str) -> None:
    """Bring a request's card, its thread and its asker up to date."""
    asyncio.run(show_request(room(), request_id))


def answer(lookup_id: str) -> None:
    """Post the answer to a question."""
    asyncio.run(answer_lookup(room(), lookup_id))
