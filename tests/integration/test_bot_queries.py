"""What `ls` asks for, from what people type."""

import pytest

from bot.commands import Call, Desk, run
from bot.commands.words import Words
from bot.service import Service
from demo.workspace.content import RITA
from tests.office import configuration
from workers.core.listing import Query
from workers.store.store import Store

BOTH = ("prod", "staging")


@pytest.fixture
def desk(store: Store) -> Desk:
    config = configuration()
    return Desk(Service(store, config), config)


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("ls", Query(registries=BOTH)),
        ("ls prod", Query(registries=("prod",))),
        ("LS registry.example.com", Query(registries=("prod",))),
        ("ls prod/app", Query(registries=("prod",), repository="app")),
        ("ls prod/team/app/", Query(registries=("prod",), repository="team/app")),
        ("ls staging.example.com:5000/app", Query(registries=("staging",), repository="app")),
        ("ls prod 1.2", Query(registries=("prod",), pattern="1.2")),
        ("ls prod/app 1.*", Query(registries=("prod",), repository="app", pattern="1.*")),
        ("ls *:2023-*", Query(registries=BOTH, pattern="*:2023-*")),
        ("ls prod/app*", Query(registries=("prod",), pattern="app*")),
        ("ls team/app?", Query(registries=BOTH, pattern="team/app?")),
    ],
)
def test_queries(desk: Desk, typed: str, query: Query) -> None:
    def call(words: Words) -> Call:
        return Call(words=words, asker=RITA, channel="C0000001", response_url="", payload="trigger-1")

    run(typed, call, desk)
    (job_id,) = desk.service.store.queues.queue("lookup").job_ids
    lookup = desk.service.store.lookups.load(job_id.removeprefix("look-").removesuffix("-1"))
    assert (lookup.query, lookup.asker) == (query, RITA)
