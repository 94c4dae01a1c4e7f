"""URLs as they may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.registries.redaction import redacted

CASES = {
    "plain": ("https://reg.example.com/v2/", "https://reg.example.com/v2/"),
    "user": ("https://me:secret@reg.example.com:5000/v2/", "https://reg.example.com:5000/v2/"),
    "harmless": ("http://r/v2/_catalog?n=2&last=p%2Fempty", "http://r/v2/_catalog?n=2&last=p/empty"),
    "signature": ("https://s3/b?X-Amz-Signature=abc&digest=d", "https://s3/b?X-Amz-Signature=REDACTED&digest=d"),
    "state": ("http://r/v2/a/blobs/uploads/1?_state=abc", "http://r/v2/a/blobs/uploads/1?_state=REDACTED"),
    "scope": (
        "https://t/token?service=s&scope=repository:a:pull",
        "https://t/token?service=s&scope=repository%3Aa%3Apull",
    ),
    "fragment": ("https://r/v2/#secret", "https://r/v2/"),
    "ipv6": ("http://[::1]:5000/v2/", "http://[::1]:5000/v2/"),
    "unreadable": ("http://[::1/secret", "an address that cannot be read"),
    "half a surrogate pair": ("https://r/v2/?\udffd=a&last=\udffd", "https://r/v2/?%3F=REDACTED&last=%3F"),
    "bad-port": ("http://me:secret@r:port/", "an address that cannot be read"),
}


@pytest.mark.parametrize(("url", "shown"), CASES.values(), ids=CASES)
def test_shows(url: str, shown: str) -> None:
    assert redacted(url) == shown


@given(name=st.text("abcXYZ-_", min_size=3), user=st.sampled_from(["", "S3CRET@", "me:S3CRET@"]))
def test_never_shows_a_secret(name: str, user: str) -> None:
    assert "S3CRET" not in redacted(f"https://{user}host/path?{name}=S3CRET&n=1#S3CRET")
