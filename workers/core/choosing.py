"""Choosing: what of one repository was named to go, tags and digests, and why the rest of what was named stays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from workers.core.digest import Digest, ShortDigest
from workers.core.names import Reference, Tag
from workers.core.plan import Kept
from workers.core.protection import protecting
from workers.core.snapshot import RepositoryView

SCHEMA1_STAYS: Final = "is an old schema1 manifest, which no digest names for sure; push it again as schema2 first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`untag`: auto, native, placeholder or refuse, as configured for the registry."""

    protected: tuple[str, ...] = ()
    untag: str = "auto"


@dataclass(slots=True, kw_only=True)
class Choice:
    """What of one repository was chosen to go, while it is worked out; the values say because of what."""

    view: RepositoryView
    policy: Policy
    tags: dict[Tag, str] = field(default_factory=dict)
    digests: dict[Digest, str] = field(default_factory=dict)
    kept: list[Kept] = field(default_factory=list)

    def keep(self, what: Tag | Digest | ShortDigest, why: str) -> None:
        entry = Kept(what=str(Reference(self.view.name, what)), why=why)
        if entry not in self.kept:
            self.kept.append(entry)

    def take(self, tag: Tag, because: str = "") -> None:
        """Choose a tag, unless it is missing, unusable or protected."""
        digest = self.view.tags.get(tag)
        if why := self.view.unusable.get(tag):
            self.keep(tag, why)
        elif digest is None:
            self.keep(tag, "is not there")
        elif pattern := protecting(self.policy.protected, self.view.name, tag):
            self.keep(tag, f"is protected by “{pattern}”")
        elif self.view.manifests[digest].is_schema1:
            self.keep(tag, SCHEMA1_STAYS)
        else:
            self.tags.setdefault(tag, because)

    def take_short(self, short: ShortDigest) -> None:
        """Choose the one digest that begins so."""
        found = self.view.beginning_with(short)
        if len(found) == 1:
            self.take_digest(found[0])
        elif found:
            self.keep(short, f"is the beginning of {len(found)} digests; write all 64 digits")
        else:
            self.keep(
                short, "begins no digest that a tag leads to; of any other write all 64 digits, as threads show them"
            )

    def take_digest(self, digest: Digest, because: str = "") -> None:
        """Choose a digest with all its tags, unless one of them is protected."""
        tags = self.view.tags_on(digest)
        guarded = sorted(tag for tag in tags if protecting(self.policy.protected, self.view.name, tag))
        manifest = self.view.manifests.get(digest)
        if manifest is None:
            self.keep(digest, "is not there")
        elif guarded:
            self.keep(digest, f"has the protected tag {guarded[0]}")
        elif manifest.is_schema1:
            self.keep(digest, SCHEMA1_STAYS)
        else:
            self.digests.setdefault(digest, because)

    @property
    def going(self) -> frozenset[Tag]:
        """The chosen tags, and those that would go with the chosen digests."""
        return frozenset(self.tags) | {tag for tag, on in self.view.tags.items() if on in self.digests}


def choose(view: RepositoryView, references: Sequence[Reference], policy: Policy) -> Choice:
    """Choose what was named; what is not there, or may not go, is kept with its reason."""
    choice = Choice(view=view, policy=policy)
    for reference in references:
        if view.absent:
            choice.keep(reference.target, "is not there: the registry does not know the repository")
        elif isinstance(reference.target, Digest):
            choice.take_digest(reference.target)
        elif isinstance(reference.target, ShortDigest):
            choice.take_short(reference.target)
        else:
            choice.take(reference.target)
    return choice
