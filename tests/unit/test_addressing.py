"""Addressing: from what people type to a configured registry, as a table of cases."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sentences
from workers.core import addressing
from workers.core.addressing import Image, Known, Place
from workers.core.errors import BadName
from workers.core.names import Reference, RepositoryName

DIGEST = "sha256:" + "0123456789abcdef" * 4
PROD = Known(name="prod", hosts=("registry.example.com", "registry.example.com:443", "docker.example.com:5000"))
LAB = Known(name="lab", hosts=("localhost:5000", "[::1]:5000", "10.0.0.7:5000"))
ONE, SEVERAL = (PROD,), (PROD, LAB)

IMAGES = {
    "the registry's name": ("prod/app:1", "prod", "app:1"),
    "its name in upper case": ("PROD/app:1", "prod", "app:1"),
    "its host": ("registry.example.com/app:1", "prod", "app:1"),
    "its host in upper case": ("Registry.Example.COM/app:1", "prod", "app:1"),
    "its host with the usual port": ("registry.example.com:443/app:1", "prod", "app:1"),
    "an alias with a port": ("docker.example.com:5000/app:1", "prod", "app:1"),
    "this machine": ("localhost:5000/app:1", "lab", "app:1"),
    "an IPv6 host": ("[::1]:5000/app:1", "lab", "app:1"),
    "an IPv4 host": ("10.0.0.7:5000/app:1", "lab", "app:1"),
    "a nested repository": ("prod/team/app/api:1", "prod", "team/app/api:1"),
    "a repository named like the other registry": ("prod/lab/app:1", "prod", "lab/app:1"),
    "a digest": (f"prod/app@{DIGEST}", "prod", f"app@{DIGEST}"),
    "a host and a digest": (f"[::1]:5000/app@{DIGEST}", "lab", f"app@{DIGEST}"),
    "the longest tag": (f"prod/app:{'t' * 128}", "prod", f"app:{'t' * 128}"),
    "two underscores": ("prod/a__b:1", "prod", "a__b:1"),
}
ALONE = {
    "no registry": ("app:1", "app:1"),
    "no registry and a nested repository": ("team/app:1", "team/app:1"),
    "a repository named like the registry": ("prod:1", "prod:1"),
    "a first part with a dot, after the registry's name": ("prod/my.repo/app:1", "my.repo/app:1"),
    "no registry and a digest": (f"app@{DIGEST}", f"app@{DIGEST}"),
}


@pytest.mark.parametrize(("text", "registry", "reference"), IMAGES.values(), ids=IMAGES)
def test_an_image_is_found(text: str, registry: str, reference: str) -> None:
    assert addressing.image(text, SEVERAL) == Image(registry=registry, reference=Reference.parse(reference))


@pytest.mark.parametrize(("text", "reference"), ALONE.values(), ids=ALONE)
def test_with_one_registry_its_name_may_be_left_out(text: str, reference: str) -> None:
    assert addressing.image(text, ONE) == Image(registry="prod", reference=Reference.parse(reference))


NO_IMAGES = {
    "nothing": ("", "No image is named; write REPOSITORY:TAG or REPOSITORY@DIGEST."),
    "no registry": ("app:1", "Say which registry “app:1” is in, for example prod/app:1; there are prod, lab."),
    "a registry's name alone": ("prod", "Say which registry “prod” is in"),
    "a host that is not configured": (
        "docker.io/library/busybox:1",
        "There is no registry “docker.io” in the configuration; there are prod, lab.",
    ),
    "a host that looks like ours": (
        "registry.exampel.com/app:1",
        "There is no registry “registry.exampel.com” in the configuration; did you mean registry.example.com?",
    ),
    "our host with another port": ("registry.example.com:5001/app:1", "did you mean registry.example.com?"),
    "another IPv6 host": ("[::2]:5000/app:1", "did you mean [::1]:5000?"),
    "this machine without the port": ("localhost/app:1", "did you mean localhost:5000?"),
    "a Cyrillic o": ("pr\u043ed/app:1", "Say which registry “pr\u043ed/app:1” is in"),
    "a Cyrillic o in the host": ("registry.example.c\u043em/app:1", "There is no registry"),
    "a scheme": (
        "https://registry.example.com/app:1",
        "Leave out “https://”; write the registry's name or host without a scheme.",
    ),
    "another scheme": ("docker://prod/app:1", "Leave out “docker://”"),
    "a user": ("me:secret@registry.example.com/app:1", "There is no registry"),
    "no tag": ("prod/app", "“app” names no tag; write prod/app:TAG or prod/app@DIGEST."),
    "no repository": ("prod/", "Nothing is named"),
    "no repository before the tag": ("prod/:1", "“” is not a repository name"),
    "a tag and a digest": (f"prod/app:1@{DIGEST}", "names a tag and a digest; write one of them."),
    "upper case": ("prod/App:1", "names are in lower case: did you mean app?"),
    "a slash in the tag": ("prod/app:1/2", "“1/2” is not a tag"),
    "three underscores": ("prod/a___b:1", "“a___b” is not a repository name"),
    "two dots": ("prod/a..b:1", "“a..b” is not a repository name"),
    "a way out": ("prod/../v2/_catalog:1", "“../v2/_catalog” is not a repository name"),
    "129 characters of tag": (f"prod/app:{'t' * 129}", "is not a tag"),
    "a mention": ("prod/<!channel>:1", "“<!channel>” is not a repository name"),
    "a line end": ("prod/app:1\n", "is not a tag"),
    "a control character": ("prod/a\x07pp:1", "“a\N{REPLACEMENT CHARACTER}pp” is not a repository name"),
}


@pytest.mark.parametrize(("text", "sentence"), NO_IMAGES.values(), ids=NO_IMAGES)
def test_what_to_fix_in_an_image_is_said(text: str, sentence: str) -> None:
    with pytest.raises(BadName, match=re.escape(sentence)):
        addressing.image(text, SEVERAL)


def test_with_one_registry_a_host_in_front_must_still_be_it() -> None:
    with pytest.raises(BadName, match=re.escape("no registry “ghcr.io” in the configuration; there is prod.")):
        addressing.image("ghcr.io/app:1", ONE)


PLACES = {
    "a registry": ("prod", "prod", None),
    "a registry and a slash": ("prod/", "prod", None),
    "a host": ("registry.example.com", "prod", None),
    "an IPv6 host": ("[::1]:5000", "lab", None),
    "a repository": ("lab/app", "lab", "app"),
    "a repository and a slash": ("lab/app/", "lab", "app"),
    "a repository below a host": ("localhost:5000/team/app", "lab", "team/app"),
}


@pytest.mark.parametrize(("text", "registry", "repository"), PLACES.values(), ids=PLACES)
def test_a_place_is_found(text: str, registry: str, repository: str | None) -> None:
    wanted = RepositoryName(repository) if repository else None
    assert addressing.place(text, SEVERAL) == Place(registry=registry, repository=wanted)


def test_with_one_registry_a_repository_alone_is_a_place() -> None:
    assert addressing.place("app", ONE) == Place(registry="prod", repository=RepositoryName("app"))
    assert addressing.place("team/app", ONE) == Place(registry="prod", repository=RepositoryName("team/app"))


NO_PLACES = {
    "nothing": ("", "No registry is named; there are prod, lab."),
    "a name that is not configured": ("prdo", "There is no registry “prdo” in the configuration; did you mean prod?"),
    "a name like none": (
        "staging",
        "There is no registry “staging”; there are prod, lab, and a repository is named like prod/staging.",
    ),
    "a repository alone": ("team/app", "Say which registry “team/app” is in"),
    "a scheme": ("http://localhost:5000", "Leave out “http://”"),
    "a tag": ("prod/app:1", "“app:1” is not a repository name"),
    "only slashes": ("//", "Say which registry “//” is in"),
}


@pytest.mark.parametrize(("text", "sentence"), NO_PLACES.values(), ids=NO_PLACES)
def test_what_to_fix_in_a_place_is_said(text: str, sentence: str) -> None:
    with pytest.raises(BadName, match=re.escape(sentence)):
        addressing.place(text, SEVERAL)


def test_a_registry_is_found_by_name_or_host() -> None:
    assert addressing.registry("prod", SEVERAL) == addressing.registry("registry.example.com/", SEVERAL) == "prod"


@pytest.mark.parametrize("text", ["", "prd", "prod/app", "https://registry.example.com", "*"])
def test_only_a_registry_is_a_registry(text: str) -> None:
    with pytest.raises(BadName):
        addressing.registry(text, SEVERAL)


MANY = tuple(Known(name=f"registry-{number:02}-{'x' * 50}", hosts=(f"h{'o' * 200}{number}.x",)) for number in range(40))
KNOWNS = {"none": (), "one": ONE, "several": SEVERAL, "many": MANY}
typed = st.text() | st.text("aA0.:@/_-<>!*`[]\n\x1b\u202e", max_size=400) | st.text("ho.", min_size=100, max_size=2000)


@given(typed)
@pytest.mark.parametrize("known", KNOWNS.values(), ids=KNOWNS)
@pytest.mark.parametrize("read", [addressing.image, addressing.place, addressing.registry])
def test_whatever_is_typed_is_found_or_answered_with_one_short_printable_sentence(
    read: object, known: tuple[Known, ...], text: str
) -> None:
    assert callable(read)
    try:
        found = read(text, known)
    except BadName as error:
        sentences.check(error)
    else:
        registry = found if isinstance(found, str) else found.registry
        assert registry in {each.name for each in known}
