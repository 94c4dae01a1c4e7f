"""From words to images, and to what looks like images in a message."""

import pytest

from bot.commands import images
from bot.commands.plain_words import plain
from bot.commands.words import Words, read
from workers.core.addressing import Known
from workers.core.errors import BadInput

KNOWN = [
    Known(name="prod", hosts=("registry.example.com", "registry.example.com:443")),
    Known(name="staging", hosts=("staging.example.com:5000",)),
]


def words(text: str) -> Words:
    return read(plain(text))


def test_images_are_grouped_by_registry() -> None:
    found = images.grouped(words("prod/app:1 staging/app:2 registry.example.com/app:3"), KNOWN)
    assert {name: [str(each) for each in those] for name, those in found.items()} == {
        "prod": ["app:1", "app:3"],
        "staging": ["app:2"],
    }


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("prod/app", "“app” names no tag"),
        ("prod/app:1\nprd/app:2", "Line 2: Say which registry"),
        ("prd/app:2\nprod/app:1\nprod/app", "Line 1: Say which registry"),
        ("prod/app:1\n\nregistry.exmaple.com/app:2", "Line 3: There is no registry “registry.exmaple.com”"),
        ("registry.exmaple.com/app:2", "did you mean registry.example.com?"),
        ("https://registry.example.com/app:2", "without a scheme"),
        ("prod/App:1", "did you mean app?"),
    ],
)
def test_the_first_wrong_word_is_named(text: str, part: str) -> None:
    with pytest.raises(BadInput) as caught:
        images.grouped(words(text), KNOWN)
    assert part in caught.value.sentence


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("prod/app\nprod/app:1\nprod/tool", "prod/app:TAG or prod/app@DIGEST. Wrong, too: line 3."),
        ("prod/app\nprod/a\nprod/b prod/c", " Wrong, too: lines 2 and 3."),
        ("prod/app prod/a\nprod/app:1", "prod/app@DIGEST."),
        ("prod/app prod/a", "prod/app@DIGEST."),
        ("\n".join(["prod/app"] * 14), " Wrong, too: lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more."),
    ],
)
def test_the_lines_of_the_other_wrong_words_are_named_too(text: str, end: str) -> None:
    with pytest.raises(BadInput) as caught:
        images.grouped(words(text), KNOWN)
    assert caught.value.sentence.endswith(end)


def test_repositories() -> None:
    found = images.repositories(words("prod/app staging/team/app"), KNOWN)
    assert {name: [str(each) for each in those] for name, those in found.items()} == {
        "prod": ["app"],
        "staging": ["team/app"],
    }


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("prod", "“prod” is a registry; name a repository in it: prod/REPOSITORY."),
        ("prod/app:1", "--untagged takes repositories: write prod/app alone."),
        ("prod/App", "did you mean app?"),
    ],
)
def test_what_is_no_repository(text: str, part: str) -> None:
    with pytest.raises(BadInput) as caught:
        images.repositories(words(text), KNOWN)
    assert part in caught.value.sentence


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("please drop prod/app:1, prod/app:2 and `staging/app:3`.", ["prod/app:1", "prod/app:2", "staging/app:3"]),
        ("<http://registry.example.com/app:1|registry.example.com/app:1>", ["registry.example.com/app:1"]),
        ("at 12:30 we look at https://wiki.example/x:1", []),
        ("prod/app:1 prod/app:1", ["prod/app:1"]),
        (f"prod/app@sha256:{'a' * 64}", [f"prod/app@sha256:{'a' * 64}"]),
        ("elsewhere.example.com/app:1 and app:2", []),
        ("", []),
    ],
)
def test_candidates_in_a_message(text: str, expected: list[str]) -> None:
    assert images.candidates(text, KNOWN) == expected


def test_with_one_registry_its_name_may_be_left_out_in_a_message() -> None:
    assert images.candidates("drop app:1 at 12:30", KNOWN[:1]) == ["app:1"]
