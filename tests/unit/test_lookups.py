"""Lists as they are stored: packed, and unpacked only as far as there is memory for them."""

import json
import zlib

import pytest

from tests import sentences
from workers.core.errors import BadRecord
from workers.store.lookups import unpacked

LIST = json.dumps({"shelves": []}).encode()
DAMAGED = {
    "made to fill the memory": (zlib.compress(b"0" * 10_000_000), "too large"),
    "cut short": (zlib.compress(LIST)[:-5], "cut short"),
    "not packed": (LIST, "damaged"),
    "nothing": (b"", "cut short"),
}


def test_a_list_is_unpacked() -> None:
    assert unpacked(zlib.compress(LIST)) == LIST


@pytest.mark.parametrize(("stored", "words"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_list_is_told(stored: bytes, words: str) -> None:
    with pytest.raises(BadRecord, match=words) as caught:
        unpacked(stored, most=1_000_000)
    sentences.check(caught.value)
