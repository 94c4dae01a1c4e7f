"""The configuration file."""

import re
from pathlib import Path
from typing import Final

import yaml

from fuzz.target import Target
from workers.config.loading import parse
from workers.config.mistakes import BadConfig

_EXAMPLE: Final = Path(__file__).parents[2] / "docs/config.example.yaml"
# YAML 1.1 ends lines at these, too (spec 5.4).
_BREAK: Final = re.compile("[\n\r\x85\u2028\u2029]")
_SMALL: Final = """
registries:
  - &one
    name: prod
    url: https://registry.example.com
    protected: ["*:latest"]
    credentials: {username: ann, password_env: PROD_PASSWORD}
    gc:
      {runner: command, dry_run: [r, --dry-run], collect: [r], read_only_on: [["a"]], read_only_off: [["b"]]}
  - {<<: *one, name: staging, url: "http://[::1]:5000", plain_http: true, timeout: 90s}
approvals: {approvers: [U012ABCDEF], expiry: 24h}
channels: {default: C0123456789}
"""


def run(data: bytes) -> None:
    try:
        config = parse(data)
    except BadConfig as error:
        assert error.mistakes
        lines = len(_BREAK.findall(data.decode(errors="replace")))
        for mistake in error.mistakes:
            assert mistake.sentence
            assert "\n" not in str(mistake)
            assert len(mistake.sentence) < 1_000
            assert mistake.line is None or 0 < mistake.line <= lines + 3
        return
    assert parse(data) == config
    assert config.registries
    assert config.approvals.approvers
    for each in config.registries:
        assert config.registry(each.name) == each
        assert config.registry(each.host.upper()) == each


def _example() -> bytes:
    """Without its comments, which only dilute what mutations hit."""
    return yaml.safe_dump(yaml.safe_load(_EXAMPLE.read_bytes()), sort_keys=False).encode()


TARGET: Final = Target(
    holds="BadConfig, with one line for each mistake, or a configuration that finds its registries by name and host",
    run=run,
    seeds=(
        _example(),
        _SMALL.encode(),
        b"a: &a [*a, *a]\n",
        b"registries: !!python/object:os.system {}\n",
        b"? {a: b}\n: c\n",
    ),
    longest=4096,
    words=(
        "registries:",
        "name: ",
        "url: ",
        "aliases: ",
        "credentials: ",
        "gc: ",
        "runner: ",
        "approvals:",
        "approvers: ",
        "channels:",
        "default: ",
        "expiry: ",
        "slack:",
        "limits:",
        "proxy: ",
        "no_proxy: ",
        "<<: *",
        "&a ",
        "*a",
        "!!binary ",
        "!!int ",
        "!!set ",
        "\n  - ",
        "---\n",
        "%YAML 1.1\n",
        "https://",
        "0x1F",
        "1e9",
        "24h",
        "\u2028",
        "\ufeff",
    ),
)
