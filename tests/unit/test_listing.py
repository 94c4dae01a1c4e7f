"""Listings: what they hold, how they are filtered, and that nothing changes on the way through JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import NOW, moments
from workers.core.errors import BadRecord
from workers.core.listing import Listing, Query, Row, Shelf
from workers.core.whole import LARGEST

ROW = Row(repository="team/app", tag="1.2", digest="sha256:00", size=7, created=NOW, shares=("latest",))

PATTERNS = {
    "part of the tag": ("1.", True),
    "part of the repository": ("app", True),
    "across both": ("app:1", True),
    "something else": ("web", False),
    "another case": ("APP", False),
    "nothing": ("", True),
    "a glob over both": ("*:1.*", True),
    "a glob over the whole only": ("app*", False),
    "a glob over the tag alone": ("1*", True),
    "a glob over another tag": ("2*", False),
    "a glob with one character": ("*:1.?", True),
    "a glob with a set": ("*:[2-9]*", False),
}


@pytest.mark.parametrize(("pattern", "matches"), PATTERNS.values(), ids=PATTERNS)
def test_a_row_is_found_by(pattern: str, matches: bool) -> None:
    assert ROW.matches(pattern) is matches


def test_rows_are_listed_with_their_registries() -> None:
    listing = Listing(
        shelves=(Shelf(registry="prod", rows=(ROW,)), Shelf(registry="lab"), Shelf(registry="old", rows=(ROW, ROW)))
    )
    assert [registry for registry, _ in listing.rows] == ["prod", "old", "old"]


texts = st.text(max_size=9)
rows = st.builds(
    Row,
    repository=texts,
    tag=texts,
    digest=texts,
    size=st.none() | st.integers(0, LARGEST),
    created=st.none() | moments,
    shares=st.lists(texts, max_size=2).map(tuple),
    trouble=texts,
)
shelves = st.builds(
    Shelf,
    registry=texts,
    rows=st.lists(rows, max_size=3).map(tuple),
    emptied=st.lists(texts, max_size=2).map(tuple),
    trouble=texts,
)


@given(st.builds(Listing, shelves=st.lists(shelves, max_size=2).map(tuple)))
def test_a_listing_comes_back_from_json_as_it_was(listing: Listing) -> None:
    assert Listing.from_json(json.loads(json.dumps(listing.as_json()))) == listing


@given(st.builds(Query, registries=st.lists(texts, max_size=2).map(tuple), repository=texts, pattern=texts))
def test_a_query_comes_back_from_json_as_it_was(query: Query) -> None:
    assert Query.from_json(json.loads(json.dumps(query.as_json()))) == query


@pytest.mark.parametrize("changes", [{"created": "2026-03-01"}, {"created": "0001-01-01T00:00:00+14:00"}, {"size": -1}])
def test_a_damaged_row_is_not_read(changes: dict[str, object]) -> None:
    row = Row(repository="app", tag="1").as_json()
    with pytest.raises((BadRecord, OverflowError)):
        Row.from_json(row | changes)
