"""Config: the whole file, frozen; it knows its registries by name and by host."""

from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from workers.config.address import Proxy, Unproxied
from workers.config.base import Settings, also
from workers.config.registry import Registries, RegistrySettings, repeated
from workers.config.scalars import ChannelId, UserId, duration, whole
from workers.core.errors import BadInput


class Approvals(Settings):
    """Who decides, and how long a request waits for it."""

    approvers: Annotated[tuple[UserId, ...], also(repeated)] = Field(
        description="Slack member ids of the people who may approve; at least one.",
        examples=[["U012ABCDEF"]],
        json_schema_extra={"minItems": 1},
    )
    expiry: Annotated[timedelta, duration("30d")] = Field(
        default=timedelta(hours=24),
        description="How long a request waits for a decision, and an approval for its work.",
        json_schema_extra={"default": "24h"},
    )

    @field_validator("approvers", mode="after")
    @classmethod
    def _somebody(cls, approvers: tuple[str, ...]) -> tuple[str, ...]:
        if not approvers:
            raise ValueError("Name at least one approver by member id, such as U012ABCDEF.")
        return approvers

    @property
    def expiry_seconds(self) -> int:
        return int(self.expiry.total_seconds())


class Channels(Settings):
    """Where cards go."""

    default: ChannelId = Field(description="The channel of every registry that names none.", examples=["C0123456789"])


class Slack(Settings):
    """How Slack is reached; its tokens come from the environment only."""

    remedy_for_secrets: ClassVar[str] = "give Slack's tokens and secrets to the bot as environment variables"

    proxy: Proxy | None = Field(
        default=None, description="The proxy all calls to Slack go through.", examples=["http://proxy.example.com:3128"]
    )
    no_proxy: tuple[Unproxied, ...] = Field(default=(), description="Hosts, domains and networks reached without it.")


class Limits(Settings):
    """How much one request may ask for, and how many requests may be open."""

    images_per_request: Annotated[int, whole(1, 10_000)] = Field(
        default=500, description="How many images a request may name."
    )
    plan_manifests: Annotated[int, whole(1, 10_000_000)] = Field(
        default=20_000,
        description="How many manifests one request reads. Beyond it bytes become “at most”, and a removal whose own "
        "repositories hold more is refused.",
    )
    open_requests_per_user: Annotated[int, whole(1, 10_000)] = Field(
        default=50,
        description="How many requests one person may have open: planned, waiting for approval or carried out.",
    )
    open_requests_per_channel: Annotated[int, whole(1, 10_000)] = Field(
        default=500, description="How many requests may be open whose cards are in one channel."
    )


class Config(Settings):
    """Everything in the file."""

    registries: Registries = Field(
        description="The registries, at least one; no others are ever touched.",
        examples=[[{"name": "prod", "url": "https://registry.example.com"}]],
        json_schema_extra={"minItems": 1},
    )
    approvals: Approvals = Field(
        description="Who decides, and how long it may take.", examples=[{"approvers": ["U012ABCDEF"]}]
    )
    channels: Channels = Field(description="Where cards are posted.", examples=[{"default": "C0123456789"}])
    slack: Slack = Field(default=Slack(), description="How Slack is reached.", json_schema_extra={"default": {}})
    limits: Limits = Field(
        default=Limits(),
        description="How much is asked for, read and removed at a time.",
        json_schema_extra={"default": {}},
    )

    @field_validator("registries", mode="after")
    @classmethod
    def _something(cls, registries: tuple[RegistrySettings, ...]) -> tuple[RegistrySettings, ...]:
        if not registries:
            raise ValueError("Name at least one registry.")
        return registries

    def registry(self, name: str) -> RegistrySettings:
        """The registry with this name or host, in any case; raises BadInput with the nearest name."""
        wanted = name.lower()
        for registry in self.registries:
            if wanted == registry.name or wanted in registry.hosts:
                return registry
        names = [registry.name for registry in self.registries]
        near = get_close_matches(wanted, [*names, *(host for each in self.registries for host in each.hosts)], n=1)
        hint = f"did you mean “{near[0]}”?" if near else f"there is {', '.join(names)}."
        raise BadInput(f"There is no registry “{name[:100]}”; {hint}")

    def channel_of(self, registry: str) -> str:
        """The Slack channel id for a registry's cards; raises BadInput for an unknown registry."""
        return self.registry(registry).channel or self.channels.default
