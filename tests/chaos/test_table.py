"""The table of the long form, and the results that it is made of."""

import json
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.chaos import checkout
from tests.chaos.__main__ import read
from tests.chaos.checkout import commit
from tests.chaos.running import Result
from tests.chaos.table import table

RUN = Result(
    fault="nothing",
    number=1,
    version="3.1.1",
    state="done",
    story="opened done",
    recovery=None,
    seconds=1.0,
    violations=(),
    commit="0123abc",
)


def test_the_table_says_on_which_commits_its_runs_were_made() -> None:
    runs = [RUN, replace(RUN, number=2), replace(RUN, number=3, commit="4567def+"), replace(RUN, number=4, commit="")]
    assert table(runs).endswith("They were made on 0123abc (2), 4567def+ (1), commits that were not noted (1).\n")


def test_a_result_of_before_is_read(tmp_path: Path) -> None:
    before = {name: value for name, value in asdict(RUN).items() if name != "commit"}
    kept = tmp_path / "results.jsonl"
    kept.write_text(f"{json.dumps(before)}\n{json.dumps(RUN.as_json())}\n{{cut sho")
    assert read(kept) == [replace(RUN, commit=""), RUN]


def test_the_commit_is_named_and_what_was_changed_since_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*words: str) -> str:
        who = ["-c", "user.name=Rita", "-c", "user.email=rita@example.org"]
        return subprocess.run(
            ["git", *who, *words], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()

    monkeypatch.setattr(checkout, "_HERE", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert not commit()
    git("init", "-q")
    (tmp_path / "file").write_text("before")
    git("add", "file")
    git("commit", "-q", "-m", "Begin")
    short = git("rev-parse", "--short=7", "HEAD")
    assert commit() == short
    (tmp_path / "file").write_text("after")
    assert commit() == f"{short}+"
