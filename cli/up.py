"""`regclean up`: everything on one machine, with a Redis of its own when none is given."""

import os
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from cli import local_redis
from cli.supervisor import Program, Supervisor
from workers.core.errors import BadInput

SLACK: Final = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL")
_OF_SLACK: Final = frozenset(name + suffix for name in SLACK for suffix in ("", "_FILE"))
_TALKS_TO_PEOPLE: Final = (("bot",), ("replies",))
_TALKS_TO_REGISTRIES: Final = (("worker", "lookup"), ("worker", "clean"), ("worker", "gc"), ("sweep",))


def up(environ: Mapping[str, str], data_dir: Path) -> None:
    """Run until SIGTERM or Ctrl-C; raises BadInput for what cannot be used and Unavailable when Redis fails."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = dict(environ) | {"REGCLEAN_SIGNING_KEY": _signing_key(environ, data_dir)}
    if environment.get("REDIS_URL"):
        _supervise(programs(environment))
        return
    environment["REDIS_URL"] = local_redis.url(data_dir)
    redis = Program(
        name="redis",
        arguments=local_redis.arguments(local_redis.binary(), data_dir),
        environment=_plain(environ),
        ready=partial(local_redis.wait_until_up, data_dir),
    )
    _supervise([redis, *programs(environment)])


def programs(environment: Mapping[str, str]) -> Sequence[Program]:
    """One program a process; who talks to registries gets no Slack secret."""
    without_slack = {name: value for name, value in environment.items() if name not in _OF_SLACK}
    return [
        *(_program(words, environment) for words in _TALKS_TO_PEOPLE),
        *(_program(words, without_slack) for words in _TALKS_TO_REGISTRIES),
    ]


def _program(words: Sequence[str], environment: Mapping[str, str]) -> Program:
    return Program(name=" ".join(words), arguments=[sys.executable, "-m", "cli", *words], environment=environment)


def _plain(environ: Mapping[str, str]) -> Mapping[str, str]:
    return {name: environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in environ}


def _supervise(wanted: Sequence[Program]) -> None:
    supervisor = Supervisor(wanted)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop.set())
    supervisor.run()


def _signing_key(environ: Mapping[str, str], data_dir: Path) -> str:
    """The given key, or one made at the first start and kept beside the data, for its owner only."""
    given = environ.get("REGCLEAN_SIGNING_KEY") or _read(environ.get("REGCLEAN_SIGNING_KEY_FILE"))
    if given:
        return given
    kept = data_dir / "signing.key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_hex(32))
    return kept.read_text().strip()


def _read(path: str | None) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise BadInput(f"REGCLEAN_SIGNING_KEY_FILE {path} cannot be read: {error.strerror}.") from error


def default_data_dir() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "regclean"
