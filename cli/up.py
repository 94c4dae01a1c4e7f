"""`regclean up`: everything on one machine, with a Redis of its own when none is given."""

import fcntl
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from bot.settings import BotSettings
from cli import local_redis, metrics, ports
from cli.supervisor import Program, Supervisor
from cli.tracing import check as check_tracing
from workers.config import Secret, from_environment, redis_url
from workers.core.errors import BadInput, Unavailable
from workers.store.connection import LISTENER, connect
from workers.store.starting import allows_volatile, check

SLACK: Final = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL")
_OF_SLACK: Final = frozenset(name + suffix for name in SLACK for suffix in ("", "_FILE"))
_CLAIM_PATIENCE: Final = 5.0
_TALKS_TO_PEOPLE: Final = (("bot",), ("replies",))
_TALKS_TO_REGISTRIES: Final = (("worker", "lookup"), ("worker", "clean"), ("worker", "gc"), ("sweep",))


def up(environ: Mapping[str, str], data_dir: Path) -> None:
    """Run until SIGTERM or Ctrl-C; raises BadInput for what cannot be used and Unavailable when Redis fails."""
    check_tracing(environ)
    with _claimed(data_dir) as claim:
        environment = dict(environ) | {"REGCLEAN_SIGNING_KEY": _signing_key(environ, data_dir)}
        environment.pop("REGCLEAN_SIGNING_KEY_FILE", None)
        given = redis_url(environment)
        own_redis = None if given else _redis(environ, data_dir, claim)
        if own_redis:
            environment["REDIS_URL"] = local_redis.url(data_dir)
        wanted = programs(environment)
        _check_ports(environment)
        if given:
            _look_at(given, environment)
        _supervise([own_redis, *wanted] if own_redis else wanted)


def _look_at(given: Secret, environment: Mapping[str, str]) -> None:
    """Say once, and not once for each process, that Redis is none to work with; one that is away may come back."""
    with suppress(Unavailable), closing(connect(given.reveal(), LISTENER)) as redis:
        check(redis, allow_volatile=allows_volatile(environment))


def _check_ports(environment: Mapping[str, str]) -> None:
    """Say once which port is taken, and not each time that a process ends over it; raises BadInput."""
    settings, of_sweeper = BotSettings.read(environment), metrics.wanted_port(environment)
    ports.check(settings.host, {"PORT": settings.port, metrics.PORT: of_sweeper or 0})


def programs(environment: Mapping[str, str]) -> Sequence[Program]:
    """One program a process: who talks to registries gets no Slack secret, and who talks to people none of a registry.

    Raises BadInput when the environment or the configuration cannot be used by one of them.
    """
    config = from_environment(environment)
    BotSettings.read(environment)
    of_registries = {
        name
        for registry in config.registries
        if registry.credentials
        for name in (registry.credentials.password_env, registry.credentials.token_env)
    }
    without_slack = {name: value for name, value in environment.items() if name not in _OF_SLACK}
    without_registries = {name: value for name, value in environment.items() if name not in of_registries}
    return [
        *(_program(words, without_registries) for words in _TALKS_TO_PEOPLE),
        *(_program(words, without_slack) for words in _TALKS_TO_REGISTRIES),
    ]


def _redis(environ: Mapping[str, str], data_dir: Path, claim: int) -> Program:
    return Program(
        name="redis",
        arguments=local_redis.arguments(local_redis.binary(), data_dir),
        environment=_plain(environ),
        ready=partial(local_redis.wait_until_up, data_dir),
        files=(claim,),
    )


@contextmanager
def _claimed(data_dir: Path) -> Iterator[int]:
    """The folder for this run alone; Redis holds on to the claim too, since two of them would spoil each other's data.

    Raises BadInput.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = (data_dir / "lock").open("a")
    except OSError as error:
        raise BadInput(f"{data_dir} cannot be used ({error.strerror}); choose another --data-dir.") from error
    with opened as claim:
        _wait_for(claim.fileno(), data_dir)
        yield claim.fileno()


def _wait_for(claim: int, data_dir: Path) -> None:
    # The Redis of a run that was killed a moment ago may still be writing its last words.
    until = time.monotonic() + _CLAIM_PATIENCE
    while True:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise BadInput(
                    f"Another `regclean up` works in {data_dir}; stop it first, or choose another --data-dir."
                ) from None
            time.sleep(0.1)
        else:
            return


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
        # Complete or not at all: half a key would be taken for the key at the next start.
        fresh = data_dir / "signing.key.new"
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_hex(32))
        fresh.rename(kept)
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
