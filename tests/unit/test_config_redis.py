"""Redis' address as it comes from the environment."""

from pathlib import Path

import pytest

from tests import sentences
from workers.config import redis_url
from workers.core.errors import BadInput


def test_without_an_address_there_is_none() -> None:
    assert redis_url({}) is None
    assert redis_url({"REDIS_URL": ""}) is None


@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret@localhost:6379/0",
        "rediss://user:secret@redis.example.com/1",
        "unix:///run/redis.sock?db=2",
        "redis+sentinel://a:26379,b:26379/cleaning/0",
        "rediss+sentinel://user:secret@a/cleaning?sentinel_password=x",
    ],
)
def test_an_address_is_taken_as_it_is(url: str, tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(f"{url}\n")
    for environ in ({"REDIS_URL": url}, {"REDIS_URL_FILE": str(file)}):
        found = redis_url(environ)
        assert found
        assert found.reveal() == url
        assert "secret" not in repr(found)


def test_files_for_tls_are_added_to_it() -> None:
    files = {"REDIS_CA_FILE": "/etc/a b/ca.pem", "REDIS_CERT_FILE": "/c.pem", "REDIS_KEY_FILE": "/k.pem"}
    added = "ssl_ca_certs=/etc/a%20b/ca.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem"
    for url, mark in (("rediss://redis/0", "?"), ("rediss+sentinel://a,b/cleaning?sentinel_username=u", "&")):
        found = redis_url({"REDIS_URL": url, **files})
        assert found
        assert found.reveal() == f"{url}{mark}{added}"


WRONG = {
    "another scheme": ({"REDIS_URL": "http://:hidden@localhost"}, "begins with none of redis://, rediss://"),
    "no scheme": ({"REDIS_URL": "hidden:6379"}, "begins with none of"),
    "a CA without TLS": ({"REDIS_URL": "redis://:hidden@a", "REDIS_CA_FILE": "/ca"}, "REDIS_CA_FILE is set, but"),
    "a key without TLS": ({"REDIS_URL": "unix:///hidden", "REDIS_KEY_FILE": "/k"}, "REDIS_KEY_FILE is set, but"),
    "twice": ({"REDIS_URL": "redis://hidden", "REDIS_URL_FILE": "/f"}, "Both REDIS_URL and REDIS_URL_FILE"),
}


@pytest.mark.parametrize(("environ", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_it_is_said_without_repeating_it(environ: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        redis_url(environ)
    sentences.check(caught.value)
    assert "hidden" not in caught.value.sentence
