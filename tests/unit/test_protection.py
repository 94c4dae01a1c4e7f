"""Protected patterns: which tags they cover."""

import pytest

from workers.core.names import RepositoryName, Tag
from workers.core.protection import protecting

CASES = {
    "the very tag": ("app:latest", "app", "latest", True),
    "another tag": ("app:latest", "app", "1", False),
    "a tag of another repository": ("app:latest", "apps", "latest", False),
    "a tag of a repository below": ("app:latest", "team/app", "latest", False),
    "a tag anywhere": ("*:latest", "team/deep/app", "latest", True),
    "tags that begin so": ("*:prod-*", "app", "prod-7", True),
    "tags that only hold it": ("*:prod-*", "app", "x-prod-7", False),
    "repositories below a folder": ("library/*:latest", "library/a/b", "latest", True),
    "a folder with a like name": ("library/*:latest", "library2/a", "latest", False),
    "every tag of a repository": ("app", "app", "anything", True),
    "every tag below a folder": ("team/*", "team/app", "1", True),
    "but not of the folder's own name": ("team/*", "team", "1", False),
    "one character": ("app:v?", "app", "v1", True),
    "and not two": ("app:v?", "app", "v12", False),
    "a set of characters": ("app:v[0-9]*", "app", "v1.2", True),
    "case matters": ("app:RC*", "app", "rc1", False),
    "everything": ("*", "any/thing", "at-all", True),
    "everything, too": ("*:*", "any/thing", "at-all", True),
}


@pytest.mark.parametrize(("pattern", "repository", "tag", "covered"), CASES.values(), ids=CASES)
def test_covers(pattern: str, repository: str, tag: str, covered: bool) -> None:
    found = protecting([pattern], RepositoryName.parse(repository), Tag.parse(tag))
    assert found == (pattern if covered else None)


def test_the_first_that_covers_is_named() -> None:
    patterns = ["x:*", "*:latest", "app:*"]
    assert protecting(patterns, RepositoryName("app"), Tag("latest")) == "*:latest"
    assert protecting(patterns, RepositoryName("app"), Tag("1")) == "app:*"


def test_without_patterns_nothing_is_protected() -> None:
    assert protecting([], RepositoryName("app"), Tag("latest")) is None
