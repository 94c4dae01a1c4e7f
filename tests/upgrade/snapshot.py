"""Snapshot: what a release left in Redis, as text: a line of JSON for each key, without the time it had to live.

Keys and values are text; bytes that are none are spelt as base64 behind a mark.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from redis import Redis

from workers.core.approval import KeyRing

HERE: Final = Path(__file__).parent
_PASSING: Final = ("rc:saved:", "rc:seen:", "rc:showing:", "rc:replying:", "rc:pace")
"""Marks of transactions and payloads, and what holds for seconds."""
_MARK: Final = "base64:"
_OF_THEIR_OWN: Final = ("rc:anchor:accepted", "rc:audit:head", "rc:lock:number", "rc:undo:sizes", "rc:undo:total")
KINDS: Final = frozenset(
    {
        *_OF_THEIR_OWN,
        *(f"rc:{kind}" for kind in (
            "anchor", "audit", "card", "collections", "events", "fence", "halt", "keys", "lookup", "metrics", "open",
            "outcomes", "placeholders", "plan", "planned", "request", "requests", "standing", "touched", "uncollected",
            "undo", "unshown",
        )),
        *("rq:job", "rq:queue", "rq:queues"),
    }
)  # fmt: skip
"""Every kind of key that a release leaves behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`requests`: ids by what became of each. `tags`: those in the registries, by registry and repository."""

    release: str
    written_at: datetime
    signing_key: str
    requests: Mapping[str, str]
    lookups: Mapping[str, str]
    tags: Mapping[str, Mapping[str, list[str]]]
    lines: tuple[str, ...]

    @property
    def ring(self) -> KeyRing:
        return KeyRing((self.signing_key.encode(),))

    @property
    def kinds(self) -> frozenset[str]:
        names = (json.loads(line)["key"] for line in self.lines)
        return frozenset(name if name in _OF_THEIR_OWN else ":".join(name.split(":")[:2]) for name in names)

    def save(self, folder: Path) -> None:
        """Raises FileExistsError where there is one: a snapshot is never rewritten."""
        folder.mkdir()
        about = {
            "release": self.release,
            "written_at": self.written_at.isoformat(),
            "signing_key": self.signing_key,
            "requests": self.requests,
            "lookups": self.lookups,
            "tags": self.tags,
        }
        (folder / "about.json").write_text(json.dumps(about, indent=2) + "\n")
        (folder / "redis.jsonl").write_text("\n".join(self.lines) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Self:
        about = json.loads((folder / "about.json").read_text())
        written_at = datetime.fromisoformat(about.pop("written_at"))
        return cls(**about, written_at=written_at, lines=tuple((folder / "redis.jsonl").read_text().splitlines()))

    def restore(self, redis: Redis) -> None:
        for line in self.lines:
            stored = json.loads(line)
            _WRITE[stored["type"]](redis, _bytes(stored["key"]), stored["value"])


def folders() -> list[Path]:
    """One for each release, in the order of their names."""
    return sorted(each.parent for each in HERE.glob("*/about.json"))


def lines(redis: Redis) -> Iterator[str]:
    """Every key that outlives a moment, in order; of jobs those that wait."""
    waiting = {f"rq:job:{_text(each)}" for key in redis.scan_iter("rq:queue:*") for each in redis.lrange(key, 0, -1)}
    for key in sorted(redis.scan_iter("*")):
        name = _text(key)
        if not name.startswith(_PASSING) and (name in waiting or not name.startswith("rq:job:")):
            kind = _text(redis.type(key))
            yield json.dumps({"key": name, "type": kind, "value": _READ[kind](redis, key)}, sort_keys=True)


def _text(value: Any) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return _MARK + base64.b64encode(value).decode()
    assert not text.startswith(_MARK)
    return str(text)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.removeprefix(_MARK)) if text.startswith(_MARK) else text.encode()


def _texts(values: Iterable[Any]) -> list[str]:
    return [_text(each) for each in values]


def _pairs(found: Mapping[Any, Any]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in sorted(found.items())}


def _scores(redis: Redis, key: bytes) -> list[list[Any]]:
    found: Any = redis.zrange(key, 0, -1, withscores=True)
    return [[_text(name), score] for name, score in found]


def _stream(redis: Redis, key: bytes) -> list[list[Any]]:
    found: Any = redis.xrange(key)
    return [[_text(place), _pairs(fields)] for place, fields in found]


_READ: Final[Mapping[str, Callable[[Redis, bytes], Any]]] = {
    "string": lambda redis, key: _text(redis.get(key)),
    "hash": lambda redis, key: _pairs(redis.hgetall(key)),
    "list": lambda redis, key: _texts(redis.lrange(key, 0, -1)),
    "set": lambda redis, key: sorted(_texts(redis.smembers(key))),
    "zset": _scores,
    "stream": _stream,
}


def _write_stream(redis: Redis, key: bytes, value: Any) -> None:
    for place, fields in value:
        redis.xadd(key, {_bytes(name): _bytes(each) for name, each in fields.items()}, id=place)


_WRITE: Final[Mapping[str, Callable[[Redis, bytes, Any], object]]] = {
    "string": lambda redis, key, value: redis.set(key, _bytes(value)),
    "hash": lambda redis, key, value: redis.hset(key, mapping={_bytes(a): _bytes(b) for a, b in value.items()}),
    "list": lambda redis, key, value: redis.rpush(key, *map(_bytes, value)),
    "set": lambda redis, key, value: redis.sadd(key, *map(_bytes, value)),
    "zset": lambda redis, key, value: redis.zadd(key, {_bytes(name): score for name, score in value}),
    "stream": _write_stream,
}
