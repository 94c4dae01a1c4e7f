"""Points: places in the code where a process can be hurt, each named for what has just happened, or is about to."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A function `module:Class.name`; `after` it has returned, or before it is called.

    `delay`: seconds that pass between the call and the deed, which then comes from another thread.
    """

    target: str
    after: bool = True
    delay: float = 0.0


POINTS: Final = {
    # the queue
    "just after dequeue": Point(target="workers.store.consumer:ForkingConsumer.execute_job", after=False),
    "just after fork": Point(target="workers.store.consumer:ForkingConsumer.perform_job", after=False),
    "after the job, before the queue knows": Point(target="workers.store.consumer:ForkingConsumer.perform_job"),
    # planning
    "planned, not saved": Point(target="workers.planning:_offer", after=False),
    "plan saved": Point(target="workers.planning:_offer"),
    # an approved removal
    "locked": Point(target="workers.store.locks:Locks.acquire"),
    "started": Point(target="workers.removal:take_up"),
    "saved for undo, before delete": Point(
        target="workers.registries.distribution:Registry.delete_manifest", after=False
    ),
    "between delete and record": Point(target="workers.registries.distribution:Registry.delete_manifest"),
    "placeholder announced, before PUT": Point(target="workers.store.journal:Journal.announce"),
    "between PUT of the placeholder and its DELETE": Point(
        target="workers.registries.distribution:Registry.put_manifest"
    ),
    "about to PUT the placeholder": Point(target="workers.registries.distribution:Registry.put_manifest", after=False),
    "PUT of the placeholder on its way": Point(
        target="workers.registries.distribution:Registry.put_manifest", after=False, delay=2.0
    ),
    "tag deleted, not recorded": Point(target="workers.registries.distribution:Registry.delete_tag"),
    "between record and reply": Point(target="workers.store.journal:Journal.record"),
    "all steps done, before the end": Point(target="workers.removal:_Attempt._finish", after=False),
    "ended, before the lock is released": Point(target="workers.removal:_Attempt._finish"),
    # any transaction, RQ's own among them
    "in the middle of a transaction": Point(target="redis.client:Pipeline._execute_transaction", after=False),
    "transaction carried out, answer not used": Point(target="redis.client:Pipeline._execute_transaction"),
    # a collection
    "fence written down": Point(target="workers.store.fences:Fences.save"),
    "read-only, not proved": Point(target="workers.gc.command:CommandRunner.read_only"),
    "fenced": Point(target="workers.fencing:Fencing.raise_for"),
    "dry run inside the fence done": Point(target="workers.collecting:Collecting._moved"),
    "collector noted, not begun": Point(target="workers.fencing:Fencing.note_collector"),
    "during collect": Point(target="workers.gc.command:CommandRunner.collect", after=False, delay=1.0),
    "collected": Point(target="workers.gc.command:CommandRunner.collect"),
    "before unfence": Point(target="workers.fencing:Fencing.lift", after=False),
    "caches flushed": Point(target="workers.gc.command:CommandRunner.flush"),
    "restarted": Point(target="workers.gc.command:CommandRunner.restart"),
    "writable, fence still written down": Point(target="workers.store.fences:Fences.lift", after=False),
    "unfenced": Point(target="workers.fencing:Fencing.lift"),
    "verified, before the end": Point(target="workers.collecting:Collecting._verified"),
    # the sweeper
    "sweeper about to start again": Point(target="workers.sweeper:Sweeper._start_again", after=False),
    "sweeper started again": Point(target="workers.sweeper:Sweeper._start_again"),
    "sweeper mending a fence": Point(target="workers.fencing:Fencing.stop_collector"),
    # the bot
    "click arrived, not saved": Point(target="bot.service.service:Service.decide", after=False),
    "click saved, not answered": Point(target="bot.service.service:Service.decide"),
    "command arrived, not saved": Point(target="workers.store.ledger:Ledger.open", after=False),
    "command saved, before the ack": Point(target="workers.store.ledger:Ledger.open"),
    # the replies
    "about to post": Point(target="bot.slack.web:Web.post", after=False),
    "posted, not written down": Point(target="bot.slack.web:Web.post"),
    "edited, not written down": Point(target="bot.slack.web:Web.update"),
    "thread posted, not written down": Point(target="bot.replies.telling:_Once.__call__"),
    "between two entries of a thread": Point(target="bot.replies.telling:_Once.__call__", after=False),
    "asker told, not written down": Point(target="bot.replies.asker:Voice.say"),
    # a collection of a registry in a container: stopped meanwhile, where its collector is started as a container, too
    "container stopped, not proved": Point(target="workers.gc.docker.stopping:StoppingRunner.read_only"),
    "collector made, not noted": Point(target="workers.fencing:Fencing.note_collector", after=False),
    "collector's container noted, not begun": Point(target="workers.gc.docker.one_shot:OneShot.start", after=False),
    "collector's container begun": Point(target="workers.gc.docker.one_shot:OneShot.start"),
    "while the collector's container runs": Point(target="workers.gc.docker.one_shot:OneShot.start", delay=1.0),
    "collector's container ended, not removed": Point(target="workers.gc.docker.one_shot:OneShot.ended"),
    "container collected": Point(target="workers.gc.docker.stopping:StoppingRunner.collect"),
    # the same with mode: exec
    "configuration changed, container not restarted": Point(
        target="workers.gc.docker.executing:ExecutingRunner.restart", after=False
    ),
    "container restarted": Point(target="workers.gc.docker.executing:ExecutingRunner.restart"),
    "container read-only, not proved": Point(target="workers.gc.docker.executing:ExecutingRunner.read_only"),
    "while the collector runs inside the container": Point(
        target="workers.gc.docker.executing:run", after=False, delay=1.0
    ),
    "collected inside the container": Point(target="workers.gc.docker.executing:ExecutingRunner.collect"),
}
