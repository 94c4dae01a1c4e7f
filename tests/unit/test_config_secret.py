"""Secrets: they come from a variable or a file, and never show themselves."""

import copy
import json
import logging
import pickle
from pathlib import Path

import pytest

from workers.config import Secret, secret_from_environment, signing_keys
from workers.core.errors import BadInput

FIRST, SECOND = "a" * 32, "b" * 40


@pytest.mark.parametrize(
    "show", [str, repr, "{}".format, "%s".__mod__, lambda secret: f"{secret!r:>10}", lambda s: str([s])]
)
def test_no_way_of_printing_shows_the_value(show: object) -> None:
    assert callable(show)
    assert "hunter2" not in show(Secret("hunter2"))


def test_neither_logs_nor_pickles_nor_json_get_the_value(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hunter2")
    logging.getLogger("test").warning("%s %r", secret, {"token": secret})
    assert "hunter2" not in caplog.text
    for store in (pickle.dumps, json.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            store(secret)


def test_secrets_are_compared_by_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a").reveal() == "a"


class TestFromEnvironment:
    def test_a_variable(self) -> None:
        assert secret_from_environment({"SLACK_BOT_TOKEN": "xoxb"}, "SLACK_BOT_TOKEN") == Secret("xoxb")

    def test_neither_is_none(self) -> None:
        assert secret_from_environment({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN") is None

    def test_a_file_is_read_again_each_time(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        for value in ("xoxb-1", "xoxb-2"):
            file.write_text(f"{value}\n", encoding="utf-8")
            assert secret_from_environment({"TOKEN_FILE": str(file)}, "TOKEN") == Secret(value)

    def test_both_are_refused(self) -> None:
        with pytest.raises(BadInput, match="Both TOKEN and TOKEN_FILE are set; keep one of them"):
            secret_from_environment({"TOKEN": "a", "TOKEN_FILE": "/b"}, "TOKEN")

    def test_a_missing_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="that TOKEN_FILE names cannot be read: No such file or directory"):
            secret_from_environment({"TOKEN_FILE": str(tmp_path / "none")}, "TOKEN")

    @pytest.mark.parametrize(("content", "sentence"), [(b"\n", "is empty"), (b"\xff", "it is not UTF-8 text")])
    def test_a_useless_file_is_told(self, tmp_path: Path, content: bytes, sentence: str) -> None:
        file = tmp_path / "token"
        file.write_bytes(content)
        with pytest.raises(BadInput, match=sentence):
            secret_from_environment({"TOKEN_FILE": str(file)}, "TOKEN")


class TestSigningKeys:
    @pytest.mark.parametrize("between", [",", "\n", ",\n", " , ", "\r\n"])
    def test_several_keys_in_order(self, between: str) -> None:
        keys = signing_keys({"REGCLEAN_SIGNING_KEY": f"{FIRST}{between}{SECOND}"})
        assert keys == (FIRST.encode(), SECOND.encode())

    def test_from_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "keys"
        file.write_text(f"{FIRST}\n{SECOND}\n", encoding="utf-8")
        assert signing_keys({"REGCLEAN_SIGNING_KEY_FILE": str(file)}) == (FIRST.encode(), SECOND.encode())

    @pytest.mark.parametrize("value", ["", " ", ",,\n"])
    def test_none_is_refused_with_the_remedy(self, value: str) -> None:
        with pytest.raises(BadInput, match="openssl rand -hex 32"):
            signing_keys({"REGCLEAN_SIGNING_KEY": value})

    @pytest.mark.parametrize("short", ["b" * 31, "ä" * 31])
    def test_a_short_key_is_refused_without_showing_it(self, short: str) -> None:
        with pytest.raises(BadInput) as caught:
            signing_keys({"REGCLEAN_SIGNING_KEY": f"{FIRST},{short}"})
        assert caught.value.sentence.startswith("Key 2 of 2 in REGCLEAN_SIGNING_KEY is shorter than 32 characters")
        assert short not in caught.value.sentence
