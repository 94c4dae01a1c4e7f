"""A snapshot of this release can be written, holds everything, and comes back from its text just as it was."""

from pathlib import Path

import pytest
from redis import Redis

from tests.upgrade.snapshot import KINDS, Snapshot, folders, lines
from tests.upgrade.write import main, written


def test_a_snapshot_comes_back_as_it_was(tmp_path: Path, redis_url: str) -> None:
    made = written("any")
    made.save(tmp_path / "any")
    read = Snapshot.load(tmp_path / "any")
    assert read == made
    with Redis.from_url(redis_url) as redis:
        read.restore(redis)
        assert tuple(lines(redis)) == made.lines
    assert made.kinds == KINDS, "a new kind of key goes into the list, and its reader into the tests"
    (first, *_) = folders()
    assert made.requests.keys() >= Snapshot.load(first).requests.keys()


def test_a_snapshot_is_never_rewritten(capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for folder in folders() for path in folder.iterdir()}
    with pytest.raises(SystemExit):
        main(["first_release", "0.2.0"])
    assert "a snapshot is never rewritten" in capsys.readouterr().err
    assert {path: path.read_bytes() for folder in folders() for path in folder.iterdir()} == before
    with pytest.raises(FileExistsError):
        Snapshot.load(folders()[0]).save(folders()[0])
