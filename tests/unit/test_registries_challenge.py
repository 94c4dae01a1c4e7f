"""WWW-Authenticate headers, as registries and others write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.registries.challenge import Challenge, challenges

CASES = {
    "htpasswd": (['Basic realm="sample registry"'], [("basic", {"realm": "sample registry"})]),
    "token": (
        ['Bearer realm="https://auth.example.com/token",service="reg",scope="repository:s/app:pull,delete"'],
        [
            (
                "bearer",
                {"realm": "https://auth.example.com/token", "service": "reg", "scope": "repository:s/app:pull,delete"},
            )
        ],
    ),
    "spaces": (['Bearer realm = "r" , service= "s"'], [("bearer", {"realm": "r", "service": "s"})]),
    "unquoted": (["bearer realm=r, error=invalid_token"], [("bearer", {"realm": "r", "error": "invalid_token"})]),
    "several-in-one": (
        ['Negotiate, Basic realm="a, b", Bearer realm="r"'],
        [("negotiate", {}), ("basic", {"realm": "a, b"}), ("bearer", {"realm": "r"})],
    ),
    "several-headers": (
        ['Basic realm="a"', 'Bearer realm="b"'],
        [("basic", {"realm": "a"}), ("bearer", {"realm": "b"})],
    ),
    "escaped-quote": ([r'Basic realm="a \"b\" c"'], [("basic", {"realm": 'a "b" c'})]),
    "token68": (['Negotiate YWJj, Basic realm="a"'], [("negotiate", {}), ("basic", {"realm": "a"})]),
    "token68-padded": (['Negotiate YWI=, Basic realm="a"'], [("negotiate", {}), ("basic", {"realm": "a"})]),
    "first-value-counts": (['Basic realm="a", realm="b"'], [("basic", {"realm": "a"})]),
    "names-of-any-case": (['BEARER Realm="R", SERVICE="S"'], [("bearer", {"realm": "R", "service": "S"})]),
    "empty-elements": ([', ,Basic realm="a",,'], [("basic", {"realm": "a"})]),
    "parameter-of-nothing": (['realm="a"'], []),
    "open-quote": (['Basic realm="a'], [("basic", {})]),
    "nothing": ([""], []),
}


@pytest.mark.parametrize(("headers", "expected"), CASES.values(), ids=CASES)
def test_reads(headers: list[str], expected: list[tuple[str, dict[str, str]]]) -> None:
    assert [(found.scheme, dict(found.parameters)) for found in challenges(headers)] == expected


@given(st.lists(st.text(st.characters(codec="latin-1"))))
def test_reads_anything(headers: list[str]) -> None:
    for found in challenges(headers):
        assert found.scheme == found.scheme.lower() != ""


words = st.text("abcXYZ019-_.", min_size=1)
values = st.text(st.characters(min_codepoint=32, max_codepoint=126))


@given(st.lists(st.tuples(words, st.dictionaries(words.map(str.lower), values)), max_size=4))
def test_reads_back_what_is_quoted_properly(wanted: list[tuple[str, dict[str, str]]]) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    header = ", ".join(
        f"{scheme} " + ", ".join(f"{key}={quoted(value)}" for key, value in parameters.items())
        for scheme, parameters in wanted
    )
    assert challenges([header]) == tuple(Challenge(scheme.lower(), parameters) for scheme, parameters in wanted)
