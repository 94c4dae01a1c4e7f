"""Sampling: each blob as likely as any other; reading them stops at its caps, and tells damage from trouble."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.contract.clients import client_of
from tests.faulty_registry import FaultyRegistry, Step, faulty_registry, hangs, says
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.names import RepositoryName
from workers.reading import Tolerance
from workers.registries.distribution import Registry
from workers.sampling import Candidate, FullReading, Sample, passed_over

APP = RepositoryName("app")
_LARGE = Candidate(repository=APP, digest=Digest.of(b"large"), size=1_000, image="app:large")


def candidate(number: int) -> Candidate:
    body = _body(number)
    return Candidate(repository=APP, digest=Digest.of(body), size=len(body), image=f"app:{number}")


def _body(number: int) -> bytes:
    return b"%05d" % number


def test_all_are_chosen_while_there_are_few() -> None:
    sample = Sample(50)
    for number in range(50):
        sample.offer(candidate(number))
    assert [each.image for each in sample.chosen] == [f"app:{number}" for number in range(50)]


def test_each_is_as_likely_as_any_other() -> None:
    counted: Counter[str] = Counter()
    seeded = random.Random(7)
    offered = [candidate(number) for number in range(40)]
    for _ in range(2_000):
        sample = Sample(10, _random=seeded)
        for each in offered:
            sample.offer(each)
        assert len(set(sample.chosen)) == 10
        counted.update(each.image for each in sample.chosen)
    # A quarter of 2,000 each; six standard deviations of a binomial count are 116.
    assert all(abs(count - 500) < 116 for count in counted.values())
    assert len(counted) == 40


def test_none_are_chosen_when_none_are_wanted() -> None:
    sample = Sample(0)
    sample.offer(candidate(1))
    assert sample.chosen == []


@pytest.fixture
async def faulty() -> AsyncIterator[FaultyRegistry]:
    async with faulty_registry() as registry:
        yield registry


def serve(registry: FaultyRegistry, answers: dict[int, Step]) -> list[Candidate]:
    candidates = [candidate(number) for number in range(8)]
    for number, each in enumerate(candidates):
        answer = answers.get(number, says(200, _body(number), media_type="application/octet-stream"))
        registry.on("GET", f"/v2/app/blobs/{each.digest}", answer)
    return candidates


def reading(client: Registry, size: int = 10**9, seconds: float = 30.0) -> FullReading:
    return FullReading(client, Tolerance(), size, seconds)


async def test_damage_is_told_by_the_image_and_the_others_are_read(faulty: FaultyRegistry) -> None:
    failing = says(500, codes=["UNKNOWN"])
    candidates = serve(faulty, {1: says(200, b"other"), 3: says(404, codes=["BLOB_UNKNOWN"]), 5: failing})
    async with client_of(faulty.url) as client:
        run = reading(client)
        assert await run.run(candidates) == []
    assert sorted(damage.what for damage in run.damage) == ["app:1", "app:3", "app:5"]
    assert len(run.read) == 8


async def test_a_registry_that_is_away_is_an_error_and_no_damage(faulty: FaultyRegistry) -> None:
    candidates = serve(faulty, dict.fromkeys(range(8), says(503)))
    async with client_of(faulty.url) as client:
        run = reading(client)
        with pytest.raises(RegistryError, match="failed inside"):
            await run.run(candidates)
    assert run.damage == []


async def test_what_does_not_fit_is_passed_over_for_what_does(faulty: FaultyRegistry) -> None:
    candidates = serve(faulty, {})
    async with client_of(faulty.url) as client:
        run = reading(client, size=12)
        left = await run.run([*candidates[:1], _LARGE, *candidates[1:]])
    assert [each.image for each in run.read] == ["app:0", "app:1"]
    assert len(left) == 7
    assert passed_over(left) == "7 blobs of 1.03 kB were too much to read in full"


async def test_time_ends_it_and_what_was_read_counts(faulty: FaultyRegistry) -> None:
    candidates = serve(faulty, dict.fromkeys(range(4, 8), hangs))
    async with client_of(faulty.url, timeout=20.0) as client:
        run = reading(client, seconds=1.0)
        began = asyncio.get_running_loop().time()
        left = await run.run(candidates)
        assert asyncio.get_running_loop().time() - began < 5.0
    assert {each.image for each in left} == {f"app:{number}" for number in range(4, 8)}
    assert run.damage == []


def test_nothing_passed_over_is_nothing_to_say() -> None:
    assert passed_over([]) == ""
    assert passed_over([candidate(1)]) == "1 blob of 5 B was too much to read in full"
