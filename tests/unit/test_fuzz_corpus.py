"""Every input that fuzzing kept, tried once more, in seconds and without the fuzzer."""

import random
from pathlib import Path

import pytest

from fuzz import kept
from fuzz.mutating import mutated
from fuzz.table import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_what_fuzzing_kept_holds(name: str) -> None:
    target = TARGETS[name]
    inputs = kept.read(name)
    assert inputs, "`make fuzz` and `python -m fuzz --keep` make one"
    for data in [*target.seeds, *inputs]:
        target.run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_short_enough_to_be_mutated(name: str) -> None:
    assert all(len(seed) <= TARGETS[name].longest for seed in TARGETS[name].seeds)


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.of_json])
def test_mutations_of_json_hold_as_well(name: str) -> None:
    """A short search of its own, the same each time."""
    target, rng = TARGETS[name], random.Random(name)

    def shuffled(data: bytes, longest: int) -> bytes:
        return bytes(rng.sample(data, len(data)))[:longest]

    for seed in target.seeds * 3:
        data = mutated(seed, target.longest, rng, shuffled)
        assert len(data) <= target.longest
        target.run(data)


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in kept.CORPUS.iterdir()) < 2_000_000
    assert {path.stem for path in kept.CORPUS.iterdir()} == set(TARGETS)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    inputs = {b"", b"\x00\xff\r\n", b"'\"\\", "é".encode()}
    assert kept.write("some", inputs, tmp_path) == 4
    assert set(kept.read("some", tmp_path)) == inputs
    assert kept.read("none", tmp_path) == []
    many = {number.to_bytes(2, "big") * 1_000 for number in range(500)}
    assert 0 < kept.write("many", many, tmp_path) < 500
    assert (tmp_path / "many.txt").stat().st_size <= kept.MOST_BYTES
