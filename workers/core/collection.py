"""What a registry's garbage collector said: its report, parsed strictly, and what follows from it.

The format is that of `registry garbage-collect` in distribution 2.8 and 3.x. Its exit code is 0 even when it did not
understand its arguments, so a report counts only when its summary line is there and agrees with the lines it sums up.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from workers.core.digest import Digest
from workers.core.echo import echo
from workers.core.errors import BadName, CollectorError
from workers.core.names import RepositoryName

_SUMMARY: Final = re.compile(
    r"([0-9]{1,15}) blobs marked, ([0-9]{1,15}) blobs and ([0-9]{1,15}) manifests eligible for deletion"
)
# What 3.x prints of a manifest: {repository digest [all tags of the repository]}
_ELIGIBLE_MANIFEST: Final = re.compile(r"\{\S+ (\S+) \[[^\]]*\]\}")
# Wider than RepositoryName: a directory on disk may bear a name that the API does not accept, such as `Upper/a`.
_DIRECTORY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*")
_WITHOUT_TAGS: Final = re.compile(r"manifest tags path of repository \S+ does not exist")

_OF_REPOSITORY: Final = (": marking manifest ", ": marking blob ", ": layer link eligible for deletion: ")
_MARKING_MANIFEST, _MARKING_BLOB, _LAYER_LINK = _OF_REPOSITORY
_BLOB: Final = "blob eligible for deletion: "
_MANIFEST: Final = "manifest eligible for deletion: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The three counts of the summary line; `blobs` counts manifests and configs, too."""

    marked: int
    blobs: int
    manifests: int

    def __str__(self) -> str:
        return f"{self.marked} blobs kept, {self.blobs} blobs and {self.manifests} manifests to go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run of the collector, dry or real.

    `marked_manifests` has every revision the collector saw, tagged or not. `marked_blobs` are all blobs that stay,
    manifests among them. `eligible_blobs` would go, or went. `layer_links` (3.x only) are links to blobs that no
    manifest of that repository needs. Repositories whose names the API does not accept are in `nameless`: their blobs
    are marked like any others, but their manifests and links cannot be named and are left out.
    """

    summary: Summary
    marked_manifests: Mapping[RepositoryName, frozenset[Digest]] = field(default_factory=dict)
    marked_blobs: frozenset[Digest] = frozenset()
    eligible_blobs: frozenset[Digest] = frozenset()
    eligible_manifests: frozenset[Digest] = frozenset()
    layer_links: frozenset[tuple[RepositoryName, Digest]] = frozenset()
    nameless: frozenset[str] = frozenset()


def parse_report(text: str) -> Report:
    """Read the collector's standard output; raises CollectorError unless it is whole and agrees with itself."""
    return parse_lines(text.split("\n"))


def parse_lines(lines: Iterable[str]) -> Report:
    """The same, line by line, so that the output need not be held in memory; line ends are ignored."""
    reading = _Reading()
    for line in lines:
        reading.take(line.rstrip("\r\n"))
    return reading.report()


def untagged(
    report: Report, reachable: Mapping[RepositoryName, frozenset[Digest]]
) -> Mapping[RepositoryName, frozenset[Digest]]:
    """The manifests the collector keeps although no tag, index or referrer leads to them; empty ones are left out."""
    left = {name: marked - reachable.get(name, frozenset()) for name, marked in report.marked_manifests.items()}
    return {name: digests for name, digests in left.items() if digests}


def outside(approved: frozenset[Digest], now: frozenset[Digest]) -> frozenset[Digest]:
    """The digests that would go now and were not approved; collecting is allowed only when there are none."""
    return now - approved


class _Reading:
    """The report so far."""

    def __init__(self) -> None:
        self._summary: Summary | None = None
        self._manifests: defaultdict[RepositoryName, set[Digest]] = defaultdict(set)
        self._marked: set[Digest] = set()
        self._blobs: list[Digest] = []
        self._eligible_manifests: list[Digest] = []
        self._links: set[tuple[RepositoryName, Digest]] = set()
        self._nameless: set[str] = set()

    def take(self, line: str) -> None:
        if line.startswith(_BLOB):
            self._blobs.append(_digest(line.removeprefix(_BLOB)))
        elif line.startswith(_MANIFEST):
            self._eligible_manifests.append(_eligible_manifest(line.removeprefix(_MANIFEST)))
        elif found := _SUMMARY.fullmatch(line):
            self._sum_up(found)
        elif not self._took_of_repository(line):
            self._take_name(line)

    def _sum_up(self, found: re.Match[str]) -> None:
        if self._summary is not None:
            raise CollectorError("The collector's output holds more than one report; run it alone.")
        marked, blobs, manifests = map(int, found.groups())
        self._summary = Summary(marked=marked, blobs=blobs, manifests=manifests)

    def _took_of_repository(self, line: str) -> bool:
        for what in _OF_REPOSITORY:
            name, found, digest = line.partition(what)
            if found:
                self._take_of_repository(what, name, _digest(digest.removesuffix(" ")))
                return True
        return False

    def _take_of_repository(self, what: str, name: str, digest: Digest) -> None:
        repository = self._repository(name)
        if what != _LAYER_LINK:
            self._marked.add(digest)
        if repository is None:
            return
        if what == _MARKING_MANIFEST:
            self._manifests[repository].add(digest)
        elif what == _LAYER_LINK:
            self._links.add((repository, digest))

    def _repository(self, name: str) -> RepositoryName | None:
        try:
            return RepositoryName.parse(name)
        except BadName:
            if not _DIRECTORY.fullmatch(name):
                raise _unknown(name) from None
            self._nameless.add(name)
            return None

    def _take_name(self, line: str) -> None:
        if line and not _WITHOUT_TAGS.fullmatch(line):
            self._repository(line)

    def report(self) -> Report:
        blobs, manifests = frozenset(self._blobs), frozenset(self._eligible_manifests)
        return Report(
            summary=self._checked_summary(blobs),
            marked_manifests={name: frozenset(digests) for name, digests in self._manifests.items()},
            marked_blobs=frozenset(self._marked),
            eligible_blobs=blobs,
            eligible_manifests=manifests,
            layer_links=frozenset(self._links),
            nameless=frozenset(self._nameless),
        )

    def _checked_summary(self, blobs: frozenset[Digest]) -> Summary:
        if self._summary is None:
            raise CollectorError(
                "The collector's output has no summary line, so it did not do its work; check its arguments, "
                "and that it is not told to be quiet."
            )
        listed = Summary(marked=len(self._marked), blobs=len(blobs), manifests=len(self._eligible_manifests))
        if listed != self._summary or len(blobs) != len(self._blobs):
            raise CollectorError(
                f"The collector's output contradicts itself: its summary says {self._summary}, its lines {listed}."
            )
        if blobs & self._marked:
            raise CollectorError("The collector both keeps and deletes the same blob; its output cannot be trusted.")
        return self._summary


def _digest(text: str) -> Digest:
    try:
        return Digest.parse(text)
    except BadName as error:
        raise CollectorError(f"The collector named something that is not a digest: “{echo(text, 100)}”.") from error


def _eligible_manifest(text: str) -> Digest:
    detailed = _ELIGIBLE_MANIFEST.fullmatch(text)
    return _digest(detailed[1] if detailed else text)


def _unknown(line: str) -> CollectorError:
    return CollectorError(f"The collector said something regclean does not know: “{echo(line, 100)}”.")
