"""Tasks: the only functions that workers run, each with its queue and the seconds it may take.

The two rooms name each other's functions here, as dotted strings, and nowhere else.
"""

from dataclasses import dataclass
from typing import Final

from workers.core.request import Action, Request, State

LOOKUP: Final = "lookup"
CLEAN: Final = "clean"
GC: Final = "gc"
REPLIES: Final = "replies"
QUEUES: Final = (LOOKUP, CLEAN, GC, REPLIES)

SLICE: Final = 300
"""Seconds an execution works before it hands over to its next attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A job function: dotted name, queue, and timeout in seconds.

    `retries`: how often RQ may try it again; for tasks of which no request tells the sweeper that they are missing.
    """

    function: str
    queue: str
    timeout: int
    retries: int = 0


TASKS: Final = {
    "plan": Task(function="workers.jobs.plan", queue=LOOKUP, timeout=900),
    "survey": Task(function="workers.jobs.survey", queue=GC, timeout=7_200),
    "execute": Task(function="workers.jobs.execute", queue=CLEAN, timeout=SLICE + 300),
    "collect": Task(function="workers.jobs.collect", queue=GC, timeout=4 * 3_600),
    "look": Task(function="workers.jobs.look", queue=LOOKUP, timeout=900, retries=2),
    "show": Task(function="bot.replies.show", queue=REPLIES, timeout=600),
    "answer": Task(function="bot.replies.answer", queue=REPLIES, timeout=600, retries=2),
}
FUNCTIONS: Final = frozenset(task.function for task in TASKS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A task for one record; `mark` tells its jobs apart, since an id stays taken while an old job is stored."""

    task: str
    subject: str
    mark: str

    @property
    def id(self) -> str:
        """Letters, digits, `_` and `-` only, as RQ demands."""
        return f"{self.task}-{self.subject}-{self.mark}"


def next_job(request: Request) -> Job | None:
    """The job that a request in this state and attempt needs; None when it waits for people, or for nothing."""
    planning = "plan" if request.action is Action.REMOVE else "survey"
    working = "collect" if request.action is Action.COLLECT else "execute"
    tasks = {State.PLANNING: planning, State.APPROVED: working, State.RUNNING: working}
    task = tasks.get(request.state)
    return Job(task=task, subject=request.id, mark=str(request.attempt)) if task else None
