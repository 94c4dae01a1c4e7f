"""Which repositories were changed since the last verified collection, in a real Redis."""

import pytest

from tests import sentences
from workers.core.errors import BadRecord
from workers.core.names import RepositoryName
from workers.store.store import Store

APP, WEB = RepositoryName("app"), RepositoryName("team/web")


def test_they_are_kept_by_registry_until_they_are_cleared(store: Store) -> None:
    store.touched.add("prod", [APP, WEB])
    store.touched.add("prod", [APP])
    store.touched.add("test", [APP])
    assert store.touched.load("prod") == {APP, WEB}
    store.touched.clear("prod", [APP])
    assert store.touched.load("prod") == {WEB}
    assert store.touched.load("test") == {APP}


def test_nothing_is_nothing(store: Store) -> None:
    store.touched.add("prod", [])
    store.touched.clear("prod", [])
    assert store.touched.load("prod") == frozenset()


def test_damage_is_told(store: Store) -> None:
    store.redis.sadd("rc:touched:prod", "../../etc")
    with pytest.raises(BadRecord, match="list of touched repositories of prod") as caught:
        store.touched.load("prod")
    sentences.check(caught.value)
