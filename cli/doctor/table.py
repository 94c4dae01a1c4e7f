"""CHECKS: everything that `doctor` looks at, in this order; a new check is one function and one line here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cli.doctor import environment, gc, keys, needs, people, processes, redis, registries, request_url, slack, tracing
from cli.doctor.needs import Need
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict


def _one(patient: Patient) -> Sequence[str]:
    del patient
    return ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`about` completes “looks whether …”; `subjects` are looked at one by one, each for a line of its own.

    `needs` must be there, or it is not made here; `after` are checks that must not have found a problem.
    """

    about: str
    run: Callable[[Patient, str], Awaitable[Verdict]]
    subjects: Callable[[Patient], Sequence[str]] = _one
    needs: Sequence[Need] = ()
    after: Sequence[str] = ()


_CONFIG: Final = (needs.configuration,)
_BOT: Final = (needs.configuration, needs.variable("SLACK_BOT_TOKEN"))
_REDIS: Final = (needs.variable("REDIS_URL"),)
_REGISTRY: Final = (needs.configuration, needs.login)
_BOTH_SLACK: Final = (*_BOT, needs.one_of("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"))
_BOTH_REDIS: Final = (needs.configuration, *_REDIS)
_LET_IN: Final = ("registry.reached", "registry.login")

CHECKS: Final[Mapping[str, Check]] = {
    "environment.configuration": Check(about="the configuration file can be used", run=environment.configuration),
    "environment.signing_key": Check(
        about="the signing keys are long enough",
        run=environment.signing_key,
        needs=(needs.variable("REGCLEAN_SIGNING_KEY"),),
    ),
    "slack.token": Check(about="Slack accepts the bot's token", run=slack.token, needs=_BOT),
    "slack.scopes": Check(
        about="the bot's token has the scopes of the manifest, and no others",
        run=slack.scopes,
        needs=_BOT,
        after=("slack.token",),
    ),
    "slack.listening": Check(
        about="a socket may be opened, or there is a signing secret for HTTP",
        run=slack.listening,
        needs=_BOT,
        after=("slack.token",),
    ),
    "slack.request_url": Check(
        about="over HTTP, the bot answers a signed challenge at `--url`",
        run=request_url.request_url,
        needs=_BOTH_SLACK,
    ),
    "slack.clock": Check(
        about="the clock here agrees with Slack's", run=slack.clock, needs=_BOT, after=("slack.token",)
    ),
    "slack.channel": Check(
        about="the bot is in each channel that cards go to",
        run=people.channel,
        subjects=people.channels,
        needs=_BOT,
        after=("slack.token",),
    ),
    "slack.approver": Check(
        about="each approver is a person with an active account",
        run=people.approver,
        subjects=people.approvers,
        needs=_BOT,
        after=("slack.token",),
    ),
    "redis.reached": Check(about="Redis answers, and accepts the password", run=redis.reached, needs=_REDIS),
    "redis.version": Check(about="Redis is 6.2 or newer", run=redis.version, needs=_REDIS, after=("redis.reached",)),
    "redis.writable": Check(
        about="Redis takes writes from this user", run=redis.writable, needs=_REDIS, after=("redis.reached",)
    ),
    "redis.appendonly": Check(
        about="Redis writes down what it is given", run=redis.appendonly, needs=_REDIS, after=("redis.reached",)
    ),
    "redis.appendfsync": Check(
        about="Redis has it on disk before it answers", run=redis.appendfsync, needs=_REDIS, after=("redis.reached",)
    ),
    "redis.eviction": Check(
        about="Redis drops nothing when its memory is full", run=redis.eviction, needs=_REDIS, after=("redis.reached",)
    ),
    "redis.replicas": Check(
        about="behind Sentinel a replica follows, and the primary takes nothing without one",
        run=redis.replicas,
        needs=_REDIS,
        after=("redis.reached",),
    ),
    "redis.clock": Check(
        about="the clock here agrees with Redis'", run=redis.clock, needs=_REDIS, after=("redis.reached",)
    ),
    "keys.equal": Check(
        about="all processes, and this environment, hold the same signing keys",
        run=keys.equal,
        needs=_REDIS,
        after=("redis.reached", "environment.signing_key"),
    ),
    "process.alive": Check(
        about="each kind of process is at work",
        run=processes.alive,
        subjects=processes.processes,
        needs=_BOTH_REDIS,
        after=("redis.reached",),
    ),
    "audit.chain": Check(
        about="no audit entry was changed, removed or added, and with a key, regclean signed them",
        run=processes.audit,
        needs=_REDIS,
        after=("redis.reached",),
    ),
    "audit.halt": Check(
        about="Redis holds what cards in Slack show, as far as `replies` has compared them",
        run=processes.halt,
        needs=_REDIS,
        after=("redis.reached",),
    ),
    "registry.reached": Check(
        about="the registry answers, and its certificate is trusted",
        run=registries.reached,
        subjects=registries.registries,
        needs=_REGISTRY,
    ),
    "registry.login": Check(
        about="the registry accepts the configured login",
        run=registries.login,
        subjects=registries.registries,
        needs=_REGISTRY,
        after=("registry.reached",),
    ),
    "registry.catalog": Check(
        about="the registry lists its repositories to this login",
        run=registries.catalog,
        subjects=registries.registries,
        needs=_REGISTRY,
        after=_LET_IN,
    ),
    "registry.delete": Check(
        about="the registry lets this login delete",
        run=registries.delete,
        subjects=registries.registries,
        needs=_REGISTRY,
        after=(*_LET_IN, "registry.catalog"),
    ),
    "registry.untag": Check(
        about="a single one of several tags can be taken off, as `untag` wants it",
        run=registries.untag,
        subjects=registries.registries,
        needs=_REGISTRY,
        after=(*_LET_IN, "registry.catalog", "registry.delete"),
    ),
    "registry.clock": Check(
        about="the clock here agrees with the registry's",
        run=registries.clock,
        subjects=registries.registries,
        needs=_REGISTRY,
        after=_LET_IN,
    ),
    "gc.programs": Check(
        about="the programs of the runner `command` are here",
        run=gc.programs,
        subjects=gc.by_commands,
        needs=_REGISTRY,
    ),
    "gc.runner": Check(
        about="it can be seen whether a collector runs, and the registry could be fenced",
        run=gc.runner,
        subjects=gc.collected,
        needs=_REGISTRY,
        after=("gc.programs",),
    ),
    "gc.storage": Check(
        about="the registry's storage can be read and written, where its place is configured",
        run=gc.storage,
        subjects=gc.collected,
        needs=_REGISTRY,
        after=("gc.runner",),
    ),
    "gc.fence": Check(
        about="the registry takes writes now, so that a fence can be proved",
        run=gc.fence,
        subjects=gc.collected,
        needs=_REGISTRY,
        after=(*_LET_IN, "registry.catalog"),
    ),
    "tracing.receiver": Check(about="traces are taken, where they are switched on", run=tracing.taken),
}
