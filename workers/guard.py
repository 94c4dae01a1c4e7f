"""Guard: what must be true of a request and its approval, looked at again before each step."""

from datetime import datetime

from workers.core.approval import Approval, KeyRing
from workers.core.errors import NotAuthentic
from workers.core.plan import Plan
from workers.core.request import Request, State
from workers.store.anchors import Halted


class Halt(Exception):  # noqa: N818 - a reason to stop, not an error
    """No further step may start; `state` is what the request becomes, None when another attempt goes on."""

    def __init__(self, state: State | None, why: str = "") -> None:
        super().__init__(why)
        self.state = state
        self.why = why


def check_approval(request: Request, plan: Plan, keys: KeyRing) -> Approval:
    """The approval, proved to be for exactly this plan; raises NotAuthentic."""
    approval = request.approval
    if approval is None:
        raise NotAuthentic("The request was never approved.")
    keys.verify(approval.message, approval.signature)
    bound = (approval.request, approval.registry, approval.fingerprint)
    if bound != (request.id, request.registry, plan.fingerprint) or plan.registry != request.registry:
        raise NotAuthentic("The approval is for another plan than the one that is stored.")
    if request.requester in approval.approvers:
        raise NotAuthentic("The request was approved by its own requester.")
    return approval


def check_halted(halted: Halted | None) -> None:
    """Raise Halt while Redis is known to have lost what it was told: what else is missing nobody knows."""
    if halted:
        raise Halt(None, halted.why)


def check_request(request: Request, now: datetime) -> None:
    """Raise Halt when the request was cancelled, has expired, or is not running any more."""
    if request.cancelling:
        raise Halt(State.CANCELLED)
    if request.state is not State.RUNNING:
        raise Halt(None, f"{request.id} is {request.state.value}.")
    if request.approval is None or now >= request.approval.expires_at:
        raise Halt(State.EXPIRED, "The approval ran out before the work was done.")
