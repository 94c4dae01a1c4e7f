"""Protected patterns: globs over `repository:tag` that win over everything."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from workers.core.names import RepositoryName, Tag


def protecting(patterns: Sequence[str], repository: RepositoryName, tag: Tag) -> str | None:
    """The first pattern that covers this tag, or None; a pattern without a colon covers every tag of its repositories.

    `*` matches any characters, slashes too.
    """
    for pattern in patterns:
        subject = f"{repository}:{tag}" if ":" in pattern else str(repository)
        if fnmatchcase(subject, pattern):
            return pattern
    return None
