"""The collector's report: real ones, broken ones, and ones made up by the thousand."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.core.collection import Report, Summary, outside, parse_report, untagged
from workers.core.digest import Digest
from workers.core.errors import CollectorError
from workers.core.names import RepositoryName

DATA = Path(__file__).parent / "data" / "gc"
ONE, TWO = RepositoryName("a/one"), RepositoryName("a/two")


def digest(number: int) -> Digest:
    return Digest.of(str(number).encode())


def recorded(name: str) -> str:
    return (DATA / f"{name}.txt").read_text()


def hexes(*starts: str) -> frozenset[str]:
    return frozenset(starts)


def starts(digests: frozenset[Digest]) -> frozenset[str]:
    return frozenset(each.hex[:6] for each in digests)


@pytest.mark.parametrize("version", ["2.8.2", "3.1.1"])
@pytest.mark.parametrize("run", ["dry-run", "real"])
def test_reads_what_the_collector_printed(version: str, run: str) -> None:
    report = parse_report(recorded(f"{version}-{run}"))

    assert report.summary == Summary(marked=6, blobs=3, manifests=0)
    assert {name: starts(found) for name, found in report.marked_manifests.items()} == {TWO: hexes("720978", "e57b8c")}
    assert starts(report.marked_blobs) == hexes("720978", "7552dc", "cf5c39", "e57b8c", "33e9fc", "a4bd9b")
    assert starts(report.eligible_blobs) == hexes("d7537d", "8e19fb", "aaee3b")
    assert report.eligible_manifests == frozenset()


def test_reads_layer_links_which_only_the_newer_collector_removes() -> None:
    links = parse_report(recorded("3.1.1-dry-run")).layer_links

    assert {(name, link.hex[:6]) for name, link in links} == {(ONE, "aaee3b"), (ONE, "d7537d")}
    assert parse_report(recorded("2.8.2-dry-run")).layer_links == frozenset()


@pytest.mark.parametrize("version", ["2.8.2", "3.1.1"])
def test_reads_manifests_that_would_go(version: str) -> None:
    report = parse_report(recorded(f"{version}-delete-untagged"))

    assert starts(report.eligible_manifests) == hexes("720978")
    assert report.summary.manifests == 1


def test_reads_a_report_with_nothing_to_free() -> None:
    assert parse_report(recorded("2.8.2-nothing-left")).eligible_blobs == frozenset()


def test_reads_windows_line_ends() -> None:
    text = recorded("3.1.1-dry-run")

    assert parse_report(text.replace("\n", "\r\n")) == parse_report(text)


def test_one_untagged_manifest_in_two_repositories_is_counted_twice_as_the_collector_does() -> None:
    text = f"manifest eligible for deletion: {digest(1)}\n" * 2 + summary(0, 0, 2)

    assert parse_report(text).eligible_manifests == {digest(1)}


def test_a_repository_without_tags_folder_is_no_reason_to_refuse() -> None:
    text = f"a/one\nmanifest tags path of repository a/one does not exist\n{summary(0, 0, 0)}"

    assert parse_report(text).marked_manifests == {}


@pytest.mark.parametrize("name", ["Upper/a", "localhost:5000/a", "a" * 300])
def test_a_directory_the_api_cannot_name_keeps_its_blobs_and_is_told(name: str) -> None:
    text = f"{name}\n{name}: marking manifest {digest(1)} \n{name}: marking blob {digest(2)}\n{summary(2, 0, 0)}"

    report = parse_report(text)

    assert report.nameless == {name}
    assert report.marked_blobs == {digest(1), digest(2)}
    assert report.marked_manifests == {}


@pytest.mark.parametrize("name", ["blob", "manifest", "marking", "0", "a--b/c__d/e.f"])
def test_a_repository_may_bear_a_confusing_name(name: str) -> None:
    report = parse_report(f"{name}\n{name}: marking manifest {digest(1)} \n{summary(1, 0, 0)}")

    assert report.marked_manifests == {RepositoryName(name): frozenset({digest(1)})}


USAGE = "Error: unknown flag: --dry\nUsage:\n  registry garbage-collect <config> [flags]\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no summary line"),
        ("a/one\na/two\n", "no summary line"),
        (USAGE, "does not know: “Error: unknown flag: --dry”"),
        (f"{'6 blobs marked, 3 blobs eligible'}\n", "does not know"),
        ("a/one: marking manifest sha256:12\n", "not a digest: “sha256:12”"),
        ("a/one: marking blob \n", "not a digest"),
        ("manifest eligible for deletion: {a b}\n", "not a digest"),
        ("two words: marking blob " + str(digest(1)), "does not know: “two words”"),
        ("a/one: marking blob sha256:\x1b[2J\n", "not a digest: “sha256:\N{REPLACEMENT CHARACTER}"),
        ("\x1b[2J\u202e\n", "does not know: “\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_refuses_what_is_no_report(text: str, sentence: str) -> None:
    with pytest.raises(CollectorError, match=sentence):
        parse_report(text)


def summary(marked: int, blobs: int, manifests: int) -> str:
    return f"\n{marked} blobs marked, {blobs} blobs and {manifests} manifests eligible for deletion\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (summary(1, 0, 0), "contradicts itself: its summary says 1 blobs kept"),
        (summary(0, 1, 0), "contradicts"),
        (summary(0, 0, 1), "contradicts"),
        (summary(0, 1, 0) + f"blob eligible for deletion: {digest(1)}\n" * 2, "contradicts"),
        (summary(0, 0, 0) * 2, "more than one report"),
        (f"a: marking blob {digest(1)}\n{summary(1, 1, 0)}blob eligible for deletion: {digest(1)}\n", "both keeps"),
    ],
)
def test_refuses_a_report_that_contradicts_itself(text: str, sentence: str) -> None:
    with pytest.raises(CollectorError, match=sentence):
        parse_report(text)


def test_a_report_four_times_as_long_takes_about_four_times_as_long() -> None:
    def seconds(manifests: int) -> float:
        lines = [f"a/one: marking manifest {digest(number)} " for number in range(manifests)]
        text = "\n".join(lines) + summary(manifests, 0, 0)
        began = time.process_time()
        parse_report(text)
        return time.process_time() - began

    seconds(1_000)
    small = min(seconds(5_000) for _ in range(3))

    assert seconds(20_000) < 16 * small


def test_one_endless_line_is_refused_at_once() -> None:
    began = time.process_time()

    with pytest.raises(CollectorError):
        parse_report("a/b: marking manifest " * 200_000)

    assert time.process_time() - began < 2


numbers = st.integers(min_value=0, max_value=40)
names = st.sampled_from(["a/one", "a/two", "library/busybox", "a__b", "x"]).map(RepositoryName)
marks = st.dictionaries(names, st.frozensets(numbers, max_size=8), max_size=4)


@st.composite
def reports(draw: st.DrawFn) -> tuple[Report, str, str]:
    """A report, the lines of it that the summary counts, and the rest."""
    kept = {name: frozenset(map(digest, found)) for name, found in draw(marks).items() if found}
    stays = frozenset[Digest]().union(*kept.values())
    goes = frozenset(digest(100 + number) for number in draw(st.frozensets(numbers, max_size=8)))
    links = frozenset((name, digest(200 + number)) for name in kept for number in draw(st.frozensets(numbers)))
    report = Report(
        summary=Summary(marked=len(stays), blobs=len(goes), manifests=0),
        marked_manifests=kept,
        marked_blobs=stays,
        eligible_blobs=goes,
        layer_links=links,
    )
    body = "".join(
        f"{name}\n" + "".join(f"{name}: marking manifest {each} \n" for each in sorted(found))
        for name, found in kept.items()
    )
    counted = body + summary(len(stays), len(goes), 0) + "".join(f"blob eligible for deletion: {d}\n" for d in goes)
    return report, counted, "".join(f"{name}: layer link eligible for deletion: {link}\n" for name, link in links)


@given(reports())
def test_what_is_printed_is_what_is_read(made: tuple[Report, str, str]) -> None:
    report, counted, links = made

    assert parse_report(counted + links) == report


@given(reports(), st.data())
def test_a_report_cut_short_is_never_taken_for_a_whole_one(made: tuple[Report, str, str], data: st.DataObject) -> None:
    _, counted, _ = made
    end = data.draw(st.integers(min_value=0, max_value=len(counted.rstrip("\n")) - 1))

    with pytest.raises(CollectorError):
        parse_report(counted[:end])


def read(text: str) -> Report | CollectorError:
    try:
        return parse_report(text)
    except CollectorError as error:
        return error


@given(st.text())
def test_any_text_without_a_summary_is_refused_in_a_sentence(text: str) -> None:
    outcome = read(text)

    assert isinstance(outcome, CollectorError)
    assert outcome.sentence.endswith(".")


def mapped(found: Mapping[RepositoryName, frozenset[int]]) -> Mapping[RepositoryName, frozenset[Digest]]:
    return {name: frozenset(map(digest, each)) for name, each in found.items()}


@given(marks, marks)
def test_untagged_is_what_was_marked_and_is_not_reachable(
    marked: Mapping[RepositoryName, frozenset[int]], reachable: Mapping[RepositoryName, frozenset[int]]
) -> None:
    report = Report(summary=Summary(marked=0, blobs=0, manifests=0), marked_manifests=mapped(marked))

    left = untagged(report, mapped(reachable))

    for name, numbers_marked in mapped(marked).items():
        assert (
            left.get(name, frozenset()) | (mapped(reachable).get(name, frozenset()) & numbers_marked) == numbers_marked
        )


@given(st.frozensets(numbers), st.frozensets(numbers))
def test_nothing_is_outside_exactly_when_all_was_approved(approved: frozenset[int], now: frozenset[int]) -> None:
    beyond = outside(frozenset(map(digest, approved)), frozenset(map(digest, now)))

    assert (not beyond) == (now <= approved)
    assert beyond == frozenset(map(digest, now - approved))
