"""What real processes log while things go wrong: each line says what it is about, and none gives a secret away."""

import json
from pathlib import Path
from typing import Any

import pytest

from demo.parts.registry import RegistryProcess
from tests.bench import KEY, REQUESTER, Bench, config, document, settings
from tests.crew import Crew, Member, eventually
from workers.store import keys
from workers.store.tasks import Job

PASSWORD = "the-registry-password-of-this-test"


def lines_of(member: Member) -> list[dict[str, Any]]:
    return [json.loads(line) for line in member.said.splitlines()]


@pytest.mark.parametrize(("queue", "task"), [("lookup", "plan"), ("gc", "survey")], ids=["stays", "forks"])
def test_a_job_that_fails_is_told_with_its_names_and_without_secrets(
    queue: str, task: str, empty_registry: RegistryProcess, redis_url: str, tmp_path: Path
) -> None:
    login = {"username": "regclean", "password_env": "REGISTRY_PASSWORD"}
    bench = Bench(config(settings(empty_registry)), redis_url)
    request_id = bench.ask("app:1")
    job = Job(task=task, subject=request_id, mark="1")
    pipe = bench.store.redis.pipeline()
    bench.store.queues.push(job, pipe)
    pipe.hset(keys.AUDIT_HEAD, "sequence", 99)  # so nothing can be saved any more, and the job fails
    pipe.execute()
    with Crew(tmp_path / "crew", document(settings(empty_registry, credentials=login)), redis_url) as crew:
        worker = crew.start("worker", queue, REGISTRY_PASSWORD=PASSWORD)
        eventually(lambda: "Traceback" in worker.said, 40)
    lines = lines_of(worker)
    failed = next(line for line in lines if "Traceback" in json.dumps(line))
    names = {"job": job.id, "request": request_id, "registry": "sample", "user": REQUESTER}
    assert failed | names == failed
    assert {line["process"] for line in lines} == {f"worker {queue}"}
    assert [secret for secret in (PASSWORD, KEY.decode()) if secret in worker.said] == []
