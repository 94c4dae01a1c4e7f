"""What people type and paste, as a table: the grammar's real documentation."""

import pytest

from bot.commands.plain_words import plain
from bot.commands.table import COMMANDS
from bot.commands.words import Words, first_word, read
from workers.core.errors import BadInput

RM = COMMANDS["rm"].options
FENCED = "```\nprod/app:1\nprod/app:2\n```"


def typed(text: str) -> Words:
    return read(plain(text), RM)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prod/app:1", ["prod/app:1"]),
        ("prod/app:1 prod/app:2", ["prod/app:1", "prod/app:2"]),
        ("  prod/app:1\t prod/app:2  ", ["prod/app:1", "prod/app:2"]),
        ("prod/app:1, prod/app:2; prod/app:3,", ["prod/app:1", "prod/app:2", "prod/app:3"]),
        ("prod/app:1,prod/app:2", ["prod/app:1", "prod/app:2"]),
        ("prod/app:1\nprod/app:2", ["prod/app:1", "prod/app:2"]),
        ("prod/app:1\r\nprod/app:2\r\n", ["prod/app:1", "prod/app:2"]),
        ("# the old ones\nprod/app:1 # the first\n\n   \n#prod/app:2", ["prod/app:1"]),
        ("prod/app:1#2", ["prod/app:1#2"]),
        (
            "- prod/app:1\n* prod/app:2\n• prod/app:3\n1. prod/app:4\n2) prod/app:5",
            [f"prod/app:{n}" for n in range(1, 6)],
        ),
        ("\u2013 prod/app:1\n\u2014 prod/app:2", ["prod/app:1", "prod/app:2"]),
        ("`prod/app:1` and `prod/app:2`", ["prod/app:1", "and", "prod/app:2"]),
        (FENCED, ["prod/app:1", "prod/app:2"]),
        ("```prod/app:1 prod/app:2```", ["prod/app:1", "prod/app:2"]),
        ("“prod/app:1” \u2018prod/app:2\u2019", ["prod/app:1", "prod/app:2"]),
        ('"prod/app:1', ["prod/app:1"]),
        ("prod/app:1\u00a0prod/app:2\u200b", ["prod/app:1", "prod/app:2"]),
        ("<http://registry.example.com/app:1|registry.example.com/app:1>", ["registry.example.com/app:1"]),
        ("<https://registry.example.com/app:1>", ["https://registry.example.com/app:1"]),
        ("<mailto:app@sha256.example|app@sha256.example>", ["app@sha256.example"]),
        ("<@U012ABCDEF|rita>", ["<@U012ABCDEF|rita>"]),
        ("a&amp;b &lt;x&gt;", ["a&b", "<x>"]),
        ("&amp;lt", ["&lt"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert typed(text).texts == expected


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ('app:1 --reason "no longer used"', "no longer used", ["app:1"]),
        ("app:1 --reason “no longer used”", "no longer used", ["app:1"]),
        ("app:1 \u2014reason 'no longer used' app:2", "no longer used", ["app:1", "app:2"]),
        ("app:1 --reason=old", "old", ["app:1"]),
        ('app:1 --reason="so old" app:2', "so old", ["app:1", "app:2"]),
        ("--reason the disk is full\napp:1", "the disk is full", ["app:1"]),
        ("app:1 --reason it is old, see #42", "it is old, see #42", ["app:1"]),
        ("app:1 --reason don't need it", "don't need it", ["app:1"]),
        ("app:1 --reason disk full --share", "disk full", ["app:1"]),
        ("app:1 --REASON old", "old", ["app:1"]),
        ('app:1 --reason "say --share"', "say --share", ["app:1"]),
        ("app:1 --reason <@U012ABCDEF|rita> said so", "@rita said so", ["app:1"]),
        ("app:1 --reason see <https://wiki.example/x|the page>", "see the page", ["app:1"]),
    ],
)
def test_reasons(text: str, reason: str, words: list[str]) -> None:
    found = typed(text)
    assert (found.reason, found.texts) == (reason, words)


def test_switches() -> None:
    found = typed("\u2014untagged app --share")
    assert ("--untagged" in found.options, found.share, found.texts) == (True, True, ["app"])
    assert not typed("app:1 --reason all --shared").share


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("app:1 --raeson old", "There is no option “--raeson” here; did you mean --reason?"),
        ("app:1 -share", "There is no option “-share” here; did you mean --share?"),
        ("app:1 --xyz", "There is no option “--xyz” here; there are --reason, --untagged, --share."),
        ("app:1 --reason", '--reason needs a text after it: --reason "no longer used".'),
        ("app:1 --reason --share", '--reason needs a text after it: --reason "no longer used".'),
        ('app:1 --reason ""', '--reason needs a text after it: --reason "no longer used".'),
    ],
)
def test_wrong_options(text: str, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        typed(text)
    assert caught.value.sentence == sentence


def test_words_know_their_lines() -> None:
    found = typed("app:1\n\n# gone\napp:2 app:3")
    assert [(word.text, word.line) for word in found.words] == [("app:1", 1), ("app:2", 4), ("app:3", 4)]
    assert found.lines == 2


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("", "", ""),
        ("  LS  prod", "ls", "  prod"),
        ("rm\nprod/app:1", "rm", "\nprod/app:1"),
        ("\u2014help", "--help", ""),
    ],
)
def test_the_first_word_is_the_command(text: str, name: str, rest: str) -> None:
    assert first_word(text) == (name, rest)
