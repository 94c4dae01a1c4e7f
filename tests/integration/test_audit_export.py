"""The audit chain in a file: all of it or a part, in either format, verified without Redis, with a key or without."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.audit import written
from tests import sentences
from tests.audited import KEY, Story, four_requests
from workers.core.audit import Entry, Head, verify
from workers.core.errors import BadInput

FOREIGN = "a key that nobody here has ever signed with"


@pytest.fixture
def story(redis_url: str) -> Iterator[Story]:
    told = four_requests(redis_url)
    with closing(told.store.redis):
        yield told


@pytest.fixture(params=written.FORMATS)
def as_format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def exported(story: Story, path: Path, *words: str) -> Path:
    said = story.say("export", *words)
    assert said.exit_code == 0, said.output
    path.write_text(said.stdout, encoding="utf-8")
    return path


def looked_at(story: Story, file: Path, key: str = KEY) -> Any:
    story.url = ""  # no Redis is needed
    return story.say("verify", "--file", str(file), key=key)


def test_what_is_exported_is_the_chain_and_verifies_elsewhere(story: Story, as_format: str, tmp_path: Path) -> None:
    head = story.store.ledger.chain.head()
    file = exported(story, tmp_path / "all", "--format", as_format)
    said = looked_at(story, file)
    assert said.exit_code == 0
    assert said.stdout.startswith(
        f"Audit entries 1 to {head.sequence} are as they were written, the last one of 2026-03"
    )
    assert f"with the hash {head.hash}. Their hashes fit, and so do their signatures" in said.stdout
    assert "Only their hashes were looked at" in looked_at(story, file, key="").stdout


def test_both_formats_hold_what_a_reader_of_another_kind_computes_the_hashes_from(story: Story, tmp_path: Path) -> None:
    entries = list(story.store.ledger.chain.all())
    lines = exported(story, tmp_path / "jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [entry.as_json() for entry in entries]
    with exported(story, tmp_path / "csv", "--format", "csv").open(newline="") as file:
        rows = [{**row, "details": json.loads(row["details"])} for row in csv.DictReader(file)]
    assert verify([Entry.from_json(row) for row in rows], Head(sequence=22, hash=entries[-1].hash)) == 22


@pytest.mark.parametrize(
    ("words", "span"),
    [
        (["--since", "2026-03-02"], "13 to 22"),
        (["--until", "2026-03-01"], "1 to 12"),
        (["--since", "2026-03-01T12:00:03", "--until", "2026-03-01T12:00:05"], "3 to 4"),
    ],
)
def test_a_part_is_unbroken_and_verifies_as_well(
    story: Story, as_format: str, tmp_path: Path, words: list[str], span: str
) -> None:
    said = looked_at(story, exported(story, tmp_path / "part", "--format", as_format, *words))
    assert said.exit_code == 0
    assert said.stdout.startswith(f"Audit entries {span} are as they were written")


SPOILT: dict[str, Callable[[list[str]], list[str]]] = {
    "a word changed": lambda lines: [each.replace("in use", "not used") for each in lines],
    "a line left out": lambda lines: [*lines[:7], *lines[8:]],
    "a line twice": lambda lines: [*lines[:8], *lines[7:]],
    "two lines exchanged": lambda lines: [*lines[:7], lines[8], lines[7], *lines[9:]],
    "a space added": lambda lines: [*lines[:7], lines[7].replace(",", ", ", 1), *lines[8:]],
    "cut within its last line": lambda lines: [*lines[:-1], lines[-1][:-20]],
    "no end of the last line": lambda lines: [*lines[:-1], lines[-1][:-1]],
    "an empty line": lambda lines: [*lines[:7], "\n", *lines[7:]],
    "something else in it": lambda lines: [*lines[:7], "[1, 2]\n", *lines[7:]],
    "nested without end": lambda lines: [*lines[:7], "[" * 100_000 + "\n", *lines[7:]],
    "the seal of another": lambda lines: [*lines[:7], lines[7].replace(_seal(lines[7]), _seal(lines[8])), *lines[8:]],
}


def _seal(line: str) -> str:
    return str(re.findall("[0-9a-f]{8}:[0-9a-f]{64}", line)[0])


@pytest.mark.parametrize("how", SPOILT)
def test_a_file_that_was_changed_is_found(story: Story, as_format: str, tmp_path: Path, how: str) -> None:
    file = exported(story, tmp_path / "all", "--format", as_format)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    spoilt = SPOILT[how](lines)
    assert spoilt != lines
    file.write_text("".join(spoilt), encoding="utf-8")
    said = looked_at(story, file)
    assert said.exit_code == 1, said.output
    sentences.check_text(said.stdout.strip())


def test_a_field_that_no_hash_is_about_is_no_part_of_an_entry(story: Story, tmp_path: Path) -> None:
    file = exported(story, tmp_path / "all")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[3] = lines[3].replace("{", '{"a_note":"approved by the board",', 1)
    file.write_text("".join(lines), encoding="utf-8")
    said = looked_at(story, file)
    assert said.exit_code == 1
    assert said.stdout == f"Line 4 of {file} is not as “regclean audit export” writes an audit entry.\n"


def test_a_file_that_somebody_without_the_key_wrote_is_found(story: Story, tmp_path: Path) -> None:
    said = looked_at(story, exported(story, tmp_path / "all"), key=FOREIGN)
    assert said.exit_code == 1
    assert "No known key vouches for audit entry 1 and what follows" in said.stdout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"\xff\xfe", "cannot be read: it is not UTF-8 text."),
        (b"", "holds no audit entry; give a file that “regclean audit export” wrote."),
        (b"sequence,at,actor,request,action,details,previous,hash,seal\n", "holds no audit entry; give a file that"),
    ],
)
def test_what_is_no_export_is_told_in_one_sentence(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput, match=sentence) as refused:
        written.verified(file, None)
    sentences.check(refused.value)


def test_a_time_without_entries_is_told(story: Story) -> None:
    refused = story.say("export", "--since", "2027-01-01").exception
    assert isinstance(refused, BadInput)
    assert refused.sentence == "The audit chain has no entry of that time; choose another --since or --until."
