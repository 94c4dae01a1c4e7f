"""Commands beside `regclean up` find its Redis and its signing key in its folder, and need nothing else."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cli import local_redis
from cli.data_dir import with_folder
from tests.crew import CLI
from tests.integration.deeds import opened
from workers.core.approval import KeyRing
from workers.core.errors import BadInput
from workers.store.connection import WORKER, connect
from workers.store.store import Store

NOBODY = 65534
KEY = "the signing key that `up` has made"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder as `up` keeps it, with its Redis running and one request in it."""
    server = subprocess.Popen(local_redis.arguments(local_redis.binary(), tmp_path), stdout=subprocess.DEVNULL)
    try:
        local_redis.wait_until_up(tmp_path, server)
        (tmp_path / "signing.key").write_text(KEY)
        with closing(connect(local_redis.url(tmp_path), WORKER)) as redis:
            opened(Store.open(redis, KeyRing((KEY.encode(),))))
        yield tmp_path
    finally:
        server.terminate()
        server.wait()


def said(*words: str | Path, **environment: str) -> tuple[int, str]:
    ran = subprocess.run(
        [*CLI, "audit", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    return ran.returncode, ran.stdout


def test_they_need_nothing_but_the_folder(folder: Path) -> None:
    code, text = said("verify", "--data-dir", folder)
    assert (code, text.partition(".")[0]) == (0, "The audit chain is whole: 1 entries")
    assert "so do their signatures" in text
    assert said("verify", "--data-dir", folder, REDIS_URL="") == (code, text)
    code, text = said("sign", "--data-dir", folder)
    assert code == 0
    assert text.startswith("Signed with the key ")
    assert said("accept", "--data-dir", folder)[0] == 0


def test_what_the_environment_says_counts_before_the_folder_as_for_up_itself(folder: Path, redis_url: str) -> None:
    assert "0 entries" in said("verify", "--data-dir", folder, REDIS_URL=redis_url)[1]
    code, text = said("verify", "--data-dir", folder, REGCLEAN_SIGNING_KEY="another key that is long enough for one")
    assert code == 1
    assert "which is not in REGCLEAN_SIGNING_KEY" in text


def test_a_folder_that_leads_nowhere_is_told_in_one_sentence(tmp_path: Path) -> None:
    assert said("verify", "--data-dir", tmp_path) == (
        2,
        f"No “regclean up” works in {tmp_path}; start it, or give the --data-dir that it has.\n",
    )
    missing = tmp_path / "missing"
    assert said("verify", "--data-dir", missing) == (
        2,
        f"There is no folder {missing}; give the --data-dir of “regclean up”.\n",
    )
    assert said("verify")[1].endswith("or give the --data-dir of “regclean up”.\n")
    (tmp_path / "redis.sock").touch()
    assert said("verify", "--data-dir", tmp_path) == (2, "Redis does not answer; try again in a moment.\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a command as somebody else")
@contextmanager
def shut(folder: Path) -> Iterator[None]:
    """Nobody may look into the folder while the block runs; root, who always may, is somebody else meanwhile."""
    is_root = os.geteuid() == 0
    folder.chmod(0o000)
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o700)


def test_whoever_may_not_look_into_the_folder_is_told_who_may() -> None:
    with TemporaryDirectory() as kept:
        (Path(kept) / "data").mkdir()
        for folder in (Path(kept), Path(kept) / "data"):
            with shut(Path(kept)), pytest.raises(BadInput) as refused:
                with_folder({}, folder)
            assert refused.value.sentence == (
                f"{folder} cannot be looked into; run this as the user that “regclean up” runs as."
            )
