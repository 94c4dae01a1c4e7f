"""Link headers, and where they may lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.registries.links import next_link, own_target

HERE = "https://reg.example.com/v2/_catalog?n=2"

LINKS = {
    "distribution": ('</v2/_catalog?last=p%2Fempty&n=2>; rel="next"', "/v2/_catalog?last=p%2Fempty&n=2"),
    "unquoted": ("</a>; rel=next", "/a"),
    "no-space": ('</a>;rel="next"', "/a"),
    "several-relations": ('</a>; rel="last next"', "/a"),
    "other-case": ('</a>; REL="Next"', "/a"),
    "the-second": ('</a>; rel="prev", </b>; rel="next"', "/b"),
    "the-first": ('</a>; rel="next", </b>; rel="prev"', "/a"),
    "comma-inside": ('</a?x=1,2>; title="a, <b>; rel=next"; rel="next"', "/a?x=1,2"),
    "other-parameters": ('</a>; title="x"; rel="next"; type=json', "/a"),
    "only-the-first-relation-counts": ("</a>; rel=prev; rel=next", None),
    "no-next": ('</a>; rel="prev"', None),
    "no-relation": ("</a>", None),
    "not-a-link": ('/a; rel="next"', None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("header", "expected"), LINKS.values(), ids=LINKS)
def test_finds_the_next_page(header: str, expected: str | None) -> None:
    assert next_link([header]) == expected


def test_looks_into_every_header() -> None:
    assert next_link(["</a>; rel=prev", "</b>; rel=next"]) == "/b"


@given(st.text(st.characters(codec="latin-1")))
def test_reads_anything(header: str) -> None:
    assert isinstance(next_link([header]), str | None)


TARGETS = {
    "relative-path": ("/v2/_catalog?last=a", "/v2/_catalog?last=a"),
    "relative-query": ("?last=a", "/v2/_catalog?last=a"),
    "relative-name": ("next?last=a", "/v2/next?last=a"),
    "absolute": ("https://reg.example.com/v2/x?last=a", "/v2/x?last=a"),
    "absolute-with-port": ("https://reg.example.com:443/v2/x", "/v2/x"),
    "absolute-other-case": ("HTTPS://REG.example.com/v2/x", "/v2/x"),
    "http-behind-a-tls-proxy": ("http://reg.example.com/v2/x?_state=a%3D", "/v2/x?_state=a%3D"),
    "bare-host": ("https://reg.example.com", "/"),
    "other-host": ("https://evil.example.com/v2/x", None),
    "other-host-without-scheme": ("//evil.example.com/v2/x", None),
    "other-port": ("https://reg.example.com:8443/v2/x", None),
    "other-scheme": ("ftp://reg.example.com/v2/x", None),
    "user-trick": ("https://reg.example.com@evil.example.com/v2/x", None),
    "bad-port": ("https://reg.example.com:x/v2", None),
    "bad-address": ("https://[::1/v2", None),
}


@pytest.mark.parametrize(("link", "expected"), TARGETS.values(), ids=TARGETS)
def test_stays_with_the_registry(link: str, expected: str | None) -> None:
    assert own_target(HERE, link) == expected


@given(st.text())
def test_any_target_is_a_path_or_nothing(link: str) -> None:
    target = own_target(HERE, link)
    assert target is None or target.startswith("/")
