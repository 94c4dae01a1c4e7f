"""RegistrySettings: one registry, by the names people give it, and how it is spoken to."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, ValidationInfo, field_validator

from workers.config.address import Alias, Host, Proxy, Unproxied, Url, split
from workers.config.base import Settings, also
from workers.config.credentials import CredentialSettings
from workers.config.gc import GcSettings
from workers.config.mistakes import Place
from workers.config.scalars import ChannelId, FullPath, Reading, RegistryName, seconds, whole


def _pattern(value: object) -> str:
    text = _text(value)
    repository, _, tag = text.partition(":")
    if not repository or not tag or ":" in tag or " " in text:
        raise ValueError(
            "Write a pattern over repository:tag without the registry's host, such as “library/*:latest” or “*:prod-*”."
        )
    return text


def repeated(value: Any) -> Iterator[tuple[Place, str]]:
    """Entries of a list that stand there more than once."""
    items = value if isinstance(value, list | tuple) else ()
    texts = [item.lower() if isinstance(item, str) else None for item in items]
    for index, text in enumerate(texts):
        if text is not None and text in texts[:index]:
            yield (index,), "This stands here twice; remove one."


class RegistrySettings(Settings):
    """A registry regclean may touch."""

    name: RegistryName = Field(description="What people may type for it.", examples=["prod"])
    url: Url = Field(
        description="Scheme, host and port. No path, no user, no password.", examples=["https://registry.example.com"]
    )
    aliases: Annotated[tuple[Alias, ...], also(repeated)] = Field(
        default=(),
        description="Other host names people type for it; the host of `url` is implied.",
        examples=[["docker.example.com"]],
    )

    kind: Literal["distribution"] = Field(default="distribution", description="Which registry software it is.")
    credentials: CredentialSettings | None = Field(
        default=None, description="Where its secret is found; left out for a registry that asks for none."
    )
    ca_file: FullPath | None = Field(
        default=None,
        description="A PEM file of authorities to trust beside the usual ones.",
        examples=["/etc/regclean/ca.pem"],
    )
    plain_http: bool = Field(
        default=False, strict=True, description="Must be `true` for an `http://` URL: nothing is encrypted then."
    )
    proxy: Proxy | None = Field(
        default=None, description="The proxy all calls go through.", examples=["http://proxy.example.com:3128"]
    )
    no_proxy: tuple[Unproxied, ...] = Field(
        default=(),
        description="Hosts, domains and networks reached without it.",
        examples=[[".internal", "10.0.0.0/8"]],
    )
    concurrency: Annotated[int, whole(1, 64)] = Field(default=8, description="How many calls may run at once.")
    protected: Annotated[
        tuple[Annotated[str, Reading(_pattern, {"type": "string", "pattern": "^[^: ]+:[^: ]+$"})], ...], also(repeated)
    ] = Field(
        default=(),
        description="Patterns over `repository:tag` that are never removed, whoever approves.",
        examples=[["library/*:latest", "*:prod-*"]],
    )
    untag: Literal["auto", "native", "placeholder", "refuse"] = Field(
        default="auto",
        description="How one of several tags is removed: by the registry's tag delete (`native`), by a throw-away "
        "manifest (`placeholder`), the first of these that works (`auto`), or not at all (`refuse`).",
    )
    channel: ChannelId | None = Field(
        default=None, description="Where its cards go instead of `channels.default`.", examples=["C0123456789"]
    )
    timeout: Annotated[float, seconds("10m")] = Field(
        default=10.0, description="How long one call may take.", json_schema_extra={"default": "10s"}
    )
    gc: GcSettings | None = Field(
        default=None, description="How its garbage is collected; left out, `gc` is refused for it."
    )

    @property
    def scheme(self) -> str:
        return split(self.url)[0]

    @property
    def host(self) -> str:
        """The URL's `host` or `host:port`, IPv6 in brackets."""
        return str(split(self.url)[1])

    @property
    def url_hosts(self) -> tuple[str, ...]:
        """The spellings of the URL's host in lower case: the scheme's usual port may be there or not."""
        scheme, host = split(self.url)
        return host.spellings(scheme)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every spelling of its hosts in lower case, the URL's first, then those of the aliases."""
        aliases = (spelling for alias in self.aliases for spelling in Host.parse(alias).spellings(self.scheme))
        return tuple(dict.fromkeys((*self.url_hosts, *aliases)))

    @field_validator("plain_http", mode="after")
    @classmethod
    def _agrees_with_url(cls, plain: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's signature
        encrypted = str(info.data.get("url", "")).startswith("https:")
        if "url" in info.data and plain and encrypted:
            raise ValueError("Remove plain_http: the URL begins with https://.")
        if "url" in info.data and not plain and not encrypted:
            raise ValueError(
                "Write plain_http: true if this registry really has no TLS, or begin its URL with https://."
            )
        return plain


def clashes(value: Any) -> Iterator[tuple[Place, str]]:
    """Names and hosts that mean two registries, in a list of registries as YAML gave it."""
    taken: dict[str, int] = {}
    for index, item in enumerate(value if isinstance(value, list | tuple) else ()):
        said = list(_said(item if isinstance(item, dict) else vars(item) if isinstance(item, Settings) else {}))
        for place, spellings in said:
            owner = next((taken[each] for each in spellings if taken.get(each, index) != index), None)
            if owner is not None:
                yield (index, *place), f"registries[{owner}] has this already; every registry needs its own."
            taken |= {each: index for each in spellings if each not in taken}


def _said(item: Mapping[str, Any]) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """What a registry is called, as far as it can be understood, with all spellings of each."""
    if isinstance(name := item.get("name"), str):
        yield ("name",), (name,)
    try:
        scheme, host = split(_text(item.get("url")))
        yield ("url",), host.spellings(scheme)
    except ValueError:
        scheme = "https"
    aliases = item.get("aliases")
    for index, alias in enumerate(aliases if isinstance(aliases, list | tuple) else ()):
        with suppress(ValueError):
            yield ("aliases", index), Host.parse(_text(alias)).spellings(scheme)


def _text(value: object) -> str:
    """Only texts: writing out a list could take for ever, when aliases of aliases made it."""
    return value if isinstance(value, str) else ""


Registries: TypeAlias = Annotated[tuple[RegistrySettings, ...], also(clashes)]
