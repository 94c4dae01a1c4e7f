"""Names: the grammar of repositories, tags and references, as a table of cases."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sentences
from workers.core.digest import Digest, ShortDigest
from workers.core.errors import BadName
from workers.core.names import Reference, RepositoryName, Tag

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"

REPOSITORIES = {
    "one letter": "a",
    "one digit": "7",
    "one part": "busybox",
    "two parts": "library/busybox",
    "many parts": "a/b/c/d/e/f/g/h",
    "a repository inside another": "registry/app",
    "one dot": "my.repo",
    "one underscore": "a_b",
    "two underscores": "a__b",
    "one hyphen": "a-b",
    "many hyphens": "a-----b",
    "every separator": "a.b_c__d-e--f/0",
    "255 characters": "a" * 255,
}
NO_REPOSITORIES = {
    "nothing": "",
    "three underscores": "a___b",
    "two dots": "a..b",
    "a dot and a hyphen": "a.-b",
    "a separator in front": "-a",
    "a separator at the end": "a_",
    "a separator before a slash": "a-/b",
    "a slash in front": "/a",
    "a slash at the end": "a/",
    "two slashes": "a//b",
    "a parent folder": "../a",
    "a parent folder inside": "a/../b",
    "a space": "a b",
    "a line end": "a\n",
    "a tag": "a:1",
    "a digest": f"a@{DIGEST}",
    "a query": "a?n=1",
    "a percent sign": "a%2fb",
    "a backslash": "a\\b",
    "a Cyrillic a": "\u0430pp",
    "a full-width letter": "\uff41pp",
    "a zero-width space": "a\u200bpp",
    "a right-to-left override": "a\u202epp",
    "a null": "a\0",
    "an escape": "a\x1b[31m",
    "a lone surrogate": "a\ud800",
    "a channel mention": "<!channel>",
    "a person": "<@U0123456789>",
    "a link": "<https://example.com|app>",
    "bold": "*app*",
    "code": "`app`",
    "a shell": "$(id)",
}

TAGS = {
    "one letter": "a",
    "a number": "1",
    "a version": "v1.2.3-rc.1",
    "upper case": "RC1",
    "an underscore in front": "_x",
    "anything inside": "a.-_.b",
    "a companion": f"sha256-{HEX}.sig",
    "128 characters": "t" * 128,
}
NO_TAGS = {
    "nothing": "",
    "129 characters": "t" * 129,
    "a dot in front": ".a",
    "a hyphen in front": "-a",
    "a plus": "1+1",
    "a space": "a b",
    "a line end": "a\n",
    "a slash": "a/b",
    "a colon": "a:b",
    "an accent": "\xe9",
    "an Arabic digit": "\u0661",
    "a Cyrillic a": "\u0430",
    "a mention": "<!here>",
    "a glob": "1.*",
}


@pytest.mark.parametrize("text", REPOSITORIES.values(), ids=REPOSITORIES)
def test_is_a_repository_name(text: str) -> None:
    assert str(RepositoryName.parse(text)) == text


@pytest.mark.parametrize("text", NO_REPOSITORIES.values(), ids=NO_REPOSITORIES)
def test_is_no_repository_name(text: str) -> None:
    with pytest.raises(BadName, match="is not a repository name; use lower-case letters and digits"):
        RepositoryName.parse(text)


def test_a_repository_name_has_at_most_255_characters() -> None:
    with pytest.raises(BadName, match=r"“a{39}…” is longer than 255 characters\."):
        RepositoryName.parse("a" * 256)


def test_a_repository_name_in_upper_case_is_answered_with_the_one_in_lower_case() -> None:
    with pytest.raises(BadName, match=r"names are in lower case: did you mean my/app\?"):
        RepositoryName.parse("My/App")


@pytest.mark.parametrize("text", TAGS.values(), ids=TAGS)
def test_is_a_tag(text: str) -> None:
    assert str(Tag.parse(text)) == text


@pytest.mark.parametrize("text", NO_TAGS.values(), ids=NO_TAGS)
def test_is_no_tag(text: str) -> None:
    with pytest.raises(BadName, match="is not a tag; a tag has at most 128 letters, digits"):
        Tag.parse(text)


def test_a_reference_has_a_tag_or_a_digest() -> None:
    tagged, pinned = Reference.parse("a/b:1"), Reference.parse(f"a/b@{DIGEST}")
    assert tagged == Reference(RepositoryName("a/b"), Tag("1"))
    assert (tagged.tag, tagged.digest) == (Tag("1"), None)
    assert pinned == Reference(RepositoryName("a/b"), Digest("sha256", HEX))
    assert (pinned.tag, pinned.digest) == (None, Digest("sha256", HEX))


@pytest.mark.parametrize("typed", ["a/b@sha256:0123456789ab", "a/b@0123456789ab"])
def test_a_reference_may_have_the_beginning_of_a_digest(typed: str) -> None:
    read = Reference.parse(typed)
    assert (read.tag, read.digest, read.short) == (None, None, ShortDigest("0123456789ab"))
    assert str(read) == "a/b@sha256:0123456789ab"


NO_REFERENCES = {
    "nothing": ("", "Nothing is named; write REPOSITORY:TAG or REPOSITORY@DIGEST."),
    "no tag": ("a/b", "“a/b” names no tag; write a/b:TAG or a/b@DIGEST."),
    "no tag and no repository name": ("a___b", "“a___b” is not a repository name"),
    "an empty tag": ("a:", "“” is not a tag"),
    "an empty digest": ("a@", "“” is not a digest"),
    "no repository": (":1", "“” is not a repository name"),
    "no repository before the digest": (f"@{DIGEST}", "“” is not a repository name"),
    "a tag and a digest": (f"a:1@{DIGEST}", f"“a:1@{DIGEST}” names a tag and a digest; write one of them."),
    "two tags": ("a:1:2", "“a:1” is not a repository name"),
    "two digests": (f"a@{DIGEST}@{DIGEST}", "is not a digest"),
    "eleven digits of a digest": ("a@sha256:0123456789a", "“sha256:0123456789a” is not a digest"),
    "the beginning of another kind of digest": ("a@sha512:0123456789ab", "“sha512:0123456789ab” is not a digest"),
    "a host with a port": ("host:5000/a:1", "“host:5000/a” is not a repository name"),
    "upper case": ("App:1", "did you mean app?"),
}


@pytest.mark.parametrize(("text", "sentence"), NO_REFERENCES.values(), ids=NO_REFERENCES)
def test_is_no_reference(text: str, sentence: str) -> None:
    with pytest.raises(BadName, match=re.escape(sentence)):
        Reference.parse(text)


COMPONENT = r"[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}"
references = st.from_regex(
    re.compile(rf"{COMPONENT}(/{COMPONENT}){{0,3}}(:[A-Za-z0-9_][A-Za-z0-9._-]{{0,127}}|@sha256:[0-9a-f]{{64}})"),
    fullmatch=True,
)


@given(references)
def test_what_can_be_read_is_written_the_same(text: str) -> None:
    assert str(Reference.parse(text)) == text


@given(st.text() | st.text("aA0.:@/_-<>!*`\n\x1b\u202e", max_size=400) | st.text("a", min_size=250, max_size=5000))
@pytest.mark.parametrize("kind", [RepositoryName, Tag, Digest, Reference])
def test_whatever_is_typed_is_read_or_answered_with_one_short_printable_sentence(
    kind: type[RepositoryName | Tag | Digest | Reference], text: str
) -> None:
    try:
        read = kind.parse(text)
    except BadName as error:
        sentences.check(error)
    else:
        assert str(read) == text or (isinstance(read, Reference) and read.short and text.endswith(read.short.hex))
        assert not set(text) & set("<>&*`\n\x1b\u202e ")
