"""A pod on the test's node: what its kubelet does with it, and what it says of it."""

import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.kube.container import BUCKET, ROOT, Container, Image
from tests.kube.objects import Object, now

_BACK_OFF: Final = 0.3


@dataclass(slots=True, kw_only=True)
class Pod:
    """`claims` is where volumes are; an image that is not in `images` cannot be pulled."""

    manifest: Object
    images: dict[str, Image]
    claims: Path
    folder: Path
    container: Container | None = None
    ready: bool = False
    restarts: int = 0
    _since: float = field(default_factory=time.monotonic)
    _lives: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def spec(self) -> Object:
        """Its only container's."""
        (container,) = self.manifest["spec"]["containers"]
        return dict(container)

    @property
    def leaving(self) -> bool:
        return "deletionTimestamp" in self.manifest["metadata"]

    @property
    def collects(self) -> bool:
        """Whether something in it deletes blobs now."""
        return self.container is not None and self.container.collects

    @property
    def takes_writes(self) -> bool:
        """Whether it may: what is on its way out goes on with what it has begun."""
        fenced = {"name": "REGISTRY_STORAGE_MAINTENANCE_READONLY", "value": '{"enabled":true}'}
        running = self.container is not None and self.container.code is None
        return running and "ports" in self.spec and fenced not in self.spec.get("env", ())

    @property
    def serves(self) -> bool:
        return self.ready and not self.leaving

    async def step(self) -> None:
        """Bring it one step on."""
        image = self.images.get(self.spec["image"])
        if self.container is None:
            if image:
                await self._begin(image)
        elif self.container.code is None:
            self.ready = self.manifest["spec"].get("restartPolicy", "Always") == "Always" and (
                await self.container.answers()
            )
        elif self.manifest["spec"].get("restartPolicy", "Always") == "Always":
            self.ready = False
            if time.monotonic() - self._since > _BACK_OFF * min(self.restarts + 1, 5):
                self.restarts += 1
                self.container = None

    async def end(self) -> None:
        self.ready = False
        if self.container:
            await self.container.end(self.manifest["spec"].get("terminationGracePeriodSeconds", 30))

    async def _begin(self, image: Image) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._since = time.monotonic()
        self._lives.append(uuid.uuid4().hex)
        container = Container(
            spec=self.spec,
            image=image,
            storage=self._storage(),
            log=self.folder / "log",
            identity=f"test://{self._lives[-1]}",
        )
        await container.start()
        self.container = container

    def _storage(self) -> Path:
        """A bucket, the claim mounted where a registry keeps its images, or a folder that ends with the pod."""
        for entry in self.spec.get("env", ()):
            if entry["name"] == BUCKET:
                return self.claims / str(entry["value"])
        mounts = {mount["mountPath"]: mount["name"] for mount in self.spec.get("volumeMounts", ())}
        for volume in self.manifest["spec"].get("volumes", ()):
            if volume["name"] == mounts.get(ROOT) and "persistentVolumeClaim" in volume:
                return self.claims / str(volume["persistentVolumeClaim"]["claimName"])
        return self.folder / "passing"

    def status(self) -> Object:
        """As a kubelet writes it."""
        state, phase = self._state()
        ready = {"type": "Ready", "status": str(self.ready)}
        one: dict[str, Any] = {
            "name": self.spec["name"],
            "image": self.spec["image"],
            "imageID": self.spec["image"],
            "ready": self.ready,
            "restartCount": self.restarts,
            "state": state,
        }
        if self.container:
            one["containerID"] = self.container.identity
        return {
            "phase": phase,
            "conditions": [{"type": "PodScheduled", "status": "True"}, ready],
            "containerStatuses": [one],
        }

    def _state(self) -> tuple[Object, str]:
        if self.container is None:
            if self.spec["image"] not in self.images:
                early = time.monotonic() - self._since < _BACK_OFF
                reason = "ErrImagePull" if early else "ImagePullBackOff"
                return {"waiting": {"reason": reason, "message": f"cannot pull {self.spec['image']}"}}, "Pending"
            return {"waiting": {"reason": "ContainerCreating"}}, "Pending" if not self.restarts else "Running"
        code = self.container.code
        if code is None:
            return {"running": {"startedAt": now()}}, "Running"
        if self.manifest["spec"].get("restartPolicy", "Always") == "Always":
            return {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off restarting container"}}, "Running"
        how = {"exitCode": code, "reason": "Error" if code else "Completed"}
        return {"terminated": how}, "Failed" if code else "Succeeded"
