"""Errors: every sentence is one that a person can read, and what a registry said decides whether to try again."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workers
from tests import sentences
from workers.core import errors
from workers.core.echo import echo
from workers.core.errors import Answer, RegcleanError, RegistryError
from workers.store.locks import Busy, LockLost


def tree(root: type[RegcleanError]) -> Iterator[type[RegcleanError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


ERRORS = [error for error in tree(RegcleanError) if error.__module__ == errors.__name__ and error is not RegistryError]


@pytest.mark.parametrize("error", ERRORS, ids=[error.__name__ for error in ERRORS])
def test_an_error_without_words_says_what_it_is(error: type[RegcleanError]) -> None:
    made = error()
    assert made.sentence == str(made) == error.__doc__
    sentences.check(made)


def test_an_error_with_words_says_those() -> None:
    assert RegcleanError("The disk is full.").sentence == "The disk is full."


def test_the_whole_tree_is_drawn() -> None:
    assert errors.__doc__
    drawn = {word for line in errors.__doc__.splitlines()[2:] for word in line.replace("─", " ").split()}
    assert {error.__name__ for error in (*ERRORS, RegistryError)} <= drawn


RETRYABLE = {
    "no answer": (Answer(method="GET", url="/v2/"), True, False),
    "too many requests": (Answer(method="GET", url="/v2/", status=429), True, False),
    "its own fault": (Answer(method="GET", url="/v2/", status=500), True, False),
    "away": (Answer(method="GET", url="/v2/", status=503), True, False),
    "forbidden for now": (Answer(method="GET", url="/v2/", status=403, retry_after=2), True, False),
    "forbidden": (Answer(method="GET", url="/v2/", status=403), False, False),
    "not there": (Answer(method="GET", url="/v2/", status=404), False, True),
    "not there, whatever it says of later": (Answer(method="GET", url="/v2/", status=404, retry_after=2), False, True),
    "no such login": (Answer(method="GET", url="/v2/", status=401), False, False),
    "not allowed": (Answer(method="DELETE", url="/v2/", status=405), False, False),
}


@pytest.mark.parametrize(("answer", "retryable", "missing"), RETRYABLE.values(), ids=RETRYABLE)
def test_a_registrys_answer_decides_whether_to_try_again(answer: Answer, retryable: bool, missing: bool) -> None:
    error = RegistryError("The registry refused.", answer)
    assert (error.sentence, error.answer) == ("The registry refused.", answer)
    assert (error.retryable, error.missing) == (retryable, missing)


@given(st.text(), st.integers(1, 100))
def test_an_echo_is_short_and_stays_on_its_line(text: str, length: int) -> None:
    echoed = echo(text, length)
    assert len(echoed) <= length
    assert echoed.isprintable()
    if text.isprintable() and len(text) <= length:
        assert echoed == text


def test_an_echo_shows_what_was_left_out() -> None:
    assert echo("abcdef", 4) == "abc…"
    assert echo("a\u202eb\x00c\nd") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}d"


SOURCES = sorted(path for part in ("core", "store") for path in (Path(workers.__path__[0]) / part).glob("*.py"))


def written(path: Path) -> Iterator[ast.expr]:
    """The first argument of everything that is made in the errors' or denials' name."""
    names = {error.__name__ for error in (*tree(RegcleanError), Busy, LockLost)} | {"Denial"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
            yield node.args[0]


@pytest.mark.parametrize("path", SOURCES, ids=[f"{path.parent.name}/{path.stem}" for path in SOURCES])
def test_every_sentence_in_the_source_begins_and_ends_as_one(path: Path) -> None:
    for sentence in written(path):
        parts = sentence.values if isinstance(sentence, ast.JoinedStr) else [sentence]
        # What is filled in is not known here: it stands for itself as a capital letter or a full stop.
        first, last = (part.value if isinstance(part, ast.Constant) else "A." for part in (parts[0], parts[-1]))
        assert str(first)[0] == "“" or str(first)[0].isupper(), first
        assert str(last)[-1] in ".?", last
