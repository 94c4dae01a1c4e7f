"""YAML as regclean reads it: what YAML would hide is a mistake, and no input is dangerous."""

import pytest

from tests.unit.configuration import mistakes, written
from workers.config import BadConfig, CommandRunnerSettings, RegistrySettings, parse
from workers.config.document import read

GC_KEYS = [key for key in CommandRunnerSettings.model_fields if key != "runner"]
SYNTAX = [
    (b"a: [1", "This is not YAML at line 1, column 6: while parsing a flow sequence, expected"),
    (b"a: 1\n\tb: 2", "at line 2, column 1: while scanning for the next token, found character '\\t'"),
    (b"a: 1\n\tb: 2", "Indent with spaces, not tabs."),
    (b"a: 1\n---\nb: 2", "at line 2, column 1: expected a single document in the stream"),
    (b"a: *b", "at line 1, column 4: found undefined alias 'b'"),
    (b"a: \x00", "This is not YAML: special characters are not allowed."),
    (b"a: 1\nb: \xff", "This is not UTF-8 text; save the file as UTF-8. (line 2)"),
    (b"[" * 5000, "The values are nested too deeply"),
    (b"a: &a [*a]", "a[0]: This alias stands inside its own anchor; write the value out. (line 1)"),
    (b"a: !!python/name:os.system x", "a: The YAML tag “tag:yaml.org,2002:python/name:os.system” does not fit here"),
    (b"a: !!int many", "a: The YAML tag “tag:yaml.org,2002:int” does not fit here"),
    (b"a: !!set {b}", "a: The YAML tag “tag:yaml.org,2002:set” is not understood; remove it. (line 1)"),
    (b"? [a]\n: 1", "A key must be one plain word"),
    (b'a: ["\\e[31m"]', "a[0]: This text holds characters that cannot be printed"),
    (b'a: "\\ud800"', "a: This text holds characters that cannot be printed"),
    (b'"\\ud800": 1', "A key must be one plain word"),
    (b"? a\n\n  b\n: 1", "A key must be one plain word"),
    (b"<<: words", "<<: Merge only mappings, by their anchors: “<<: *anchor”. (line 1)"),
    (b"a: {b: 1,\n b: 2}", "a.b: This key stands here twice, first in line 1; remove one. (line 2)"),
    (b"a:\n  - b:", "a[0].b: There is no value; write one, or remove the line. (line 2)"),
]


@pytest.mark.parametrize(("content", "part"), SYNTAX)
def test_what_is_wrong_with_the_yaml(content: bytes, part: str) -> None:
    assert part in "\n".join(map(str, read(content).mistakes))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment\n", b"---\n"])
def test_an_empty_file_is_told_so(content: bytes) -> None:
    with pytest.raises(BadConfig) as caught:
        parse(content, "regclean.yaml")
    assert caught.value.sentence.splitlines()[0] == "regclean.yaml has 1 mistake:"
    assert "“registries:”" in caught.value.sentence or "There is no value" in caught.value.sentence


def test_words_stay_words_and_numbers_stay_numbers() -> None:
    document = read(
        b"a: [no, on, 12:30, 2024-01-31, 0x1F, 1_000, =, .inf, true, False, 007, -1, 1.5, 2e3, '8', !!str 9]"
    )
    assert document.value == {
        "a": [
            "no",
            "on",
            "12:30",
            "2024-01-31",
            "0x1F",
            "1_000",
            "=",
            ".inf",
            True,
            False,
            7,
            -1,
            1.5,
            2000.0,
            "8",
            "9",
        ]
    }
    assert document.mistakes == []


def test_own_keys_win_over_merged_ones_and_earlier_merges_over_later() -> None:
    document = read(b"a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}")
    assert document.value["c"] == {"x": 1, "y": 1, "z": 3}


@pytest.mark.parametrize("key", [*RegistrySettings.model_fields, *(f"gc: {{runner: command, {key}" for key in GC_KEYS)])
def test_aliases_of_aliases_take_neither_memory_nor_time(key: str) -> None:
    bomb = [b"a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 20)}]".encode() for n in range(1, 25)]
    registry = f"{key}: *a24 }}" if key.startswith("gc: ") else f"{key}: *a24"
    told = mistakes(b"\n".join([*bomb, written(registry)]))
    assert any("a24: This key is unknown" in sentence for sentence in told)
    assert any(sentence.startswith(f"registries[0].{key.partition(':')[0]}") for sentence in told)


def test_a_byte_order_mark_is_no_key() -> None:
    assert parse(b"\xef\xbb\xbf" + written()).registries


def test_a_place_that_is_missing_has_the_line_of_what_is_around_it() -> None:
    document = read(b"a:\n  - b: 1\n    c:\n      d: 2")
    assert document.line_of(("a", 0, "c", "d")) == 4
    assert document.line_of(("a", 0, "c", "e", 5)) == 3
    assert document.line_of(("z",)) is None
