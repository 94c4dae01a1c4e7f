"""Listing: what `ls` shows of registries, grouped by registry and repository."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Self

from workers.core.moment import moment
from workers.core.plan import Json
from workers.core.whole import whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One tag. `size` in bytes and `created` are None where they could not be read; `shares` are sibling tags.

    `trouble` is a clause about a tag whose manifest cannot be used.
    """

    repository: str
    tag: str
    digest: str = ""
    size: int | None = None
    created: datetime | None = None
    shares: tuple[str, ...] = ()
    trouble: str = ""

    def as_json(self) -> dict[str, Json]:
        return {
            "repository": self.repository,
            "tag": self.tag,
            "digest": self.digest,
            "size": self.size,
            "created": self.created.isoformat() if self.created else None,
            "shares": list(self.shares),
            "trouble": self.trouble,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            repository=str(data["repository"]),
            tag=str(data["tag"]),
            digest=str(data["digest"]),
            size=None if data["size"] is None else whole(data["size"]),
            created=moment(data["created"]) if data["created"] else None,
            shares=tuple(str(tag) for tag in data["shares"]),
            trouble=str(data["trouble"]),
        )

    def matches(self, pattern: str) -> bool:
        """Whether `repository:tag`, or the tag alone, matches a glob, or contains the text where it is no glob."""
        name = f"{self.repository}:{self.tag}"
        if any(sign in pattern for sign in "*?["):
            return fnmatchcase(name, pattern) or fnmatchcase(self.tag, pattern)
        return pattern in name


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One registry's rows; `trouble` is a sentence when it could not be read; `emptied` have no tags left.

    `pattern` is what the rows were chosen by; empty when these are all.
    """

    registry: str
    rows: tuple[Row, ...] = ()
    emptied: tuple[str, ...] = ()
    trouble: str = ""
    pattern: str = ""

    def as_json(self) -> dict[str, Json]:
        return {
            "registry": self.registry,
            "rows": [row.as_json() for row in self.rows],
            "emptied": list(self.emptied),
            "trouble": self.trouble,
            "pattern": self.pattern,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            registry=str(data["registry"]),
            rows=tuple(Row.from_json(row) for row in data["rows"]),
            emptied=tuple(str(name) for name in data["emptied"]),
            trouble=str(data["trouble"]),
            pattern=str(data.get("pattern", "")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What `ls` was asked: registries, perhaps one repository, perhaps a filter."""

    registries: tuple[str, ...]
    repository: str = ""
    pattern: str = ""

    def as_json(self) -> dict[str, Json]:
        return {"registries": list(self.registries), "repository": self.repository, "pattern": self.pattern}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            registries=tuple(str(name) for name in data["registries"]),
            repository=str(data["repository"]),
            pattern=str(data["pattern"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The answer to a query."""

    shelves: tuple[Shelf, ...] = ()

    @property
    def rows(self) -> Iterator[tuple[str, Row]]:
        return ((shelf.registry, row) for shelf in self.shelves for row in shelf.rows)

    def as_json(self) -> dict[str, Json]:
        return {"shelves": [shelf.as_json() for shelf in self.shelves]}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(shelves=tuple(Shelf.from_json(shelf) for shelf in data["shelves"]))
