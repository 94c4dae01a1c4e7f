"""The sample registry's content: four images under five tags, two of which share one digest.

`python -m demo.parts.sample URL` puts it into a registry of your own.
"""

import sys
from datetime import UTC, datetime
from functools import cache
from typing import Final

from demo.parts.errors import PartError
from demo.parts.images import Image, Layer, Recipe, image
from demo.parts.remote import Auth, Remote

MEGABYTE: Final = 1_000_000


@cache
def sample_images() -> dict[tuple[str, str], Image]:
    """The images by repository and tag; `demo/nginx` 1.26 and latest are one image."""
    nginx = _nginx()
    return {
        ("demo/nginx", "1.26"): nginx,
        ("demo/nginx", "latest"): nginx,
        ("library/busybox", "1.36.1"): _busybox("1.36.1", datetime(2023, 5, 18, 22, 34, 17, tzinfo=UTC)),
        ("library/busybox", "1.35.0"): _busybox("1.35.0", datetime(2022, 12, 29, 21, 6, 51, tzinfo=UTC)),
        ("registry", "latest"): _registry(),
    }


def seed(url: str, auth: Auth = None) -> dict[tuple[str, str], str]:
    """Push the sample images; returns the digest of each repository and tag.

    Raises:
        RemoteError: the registry refused one of them.
    """
    with Remote(url, auth=auth) as remote:
        return {
            (repository, tag): remote.push(repository, tag, content).digest
            for (repository, tag), content in sample_images().items()
        }


def _nginx() -> Image:
    layers = (
        Layer("debian bookworm slim", 3 * MEGABYTE),
        Layer("nginx 1.26 packages", 4 * MEGABYTE),
        Layer("docker-entrypoint.sh", 1_620),
        Layer("10-listen-on-ipv6-by-default.sh", 956),
    )
    created = datetime(2024, 4, 24, 18, 38, 12, tzinfo=UTC)
    return image(*layers, recipe=Recipe(created=created, labels={"maintainer": "NGINX Docker Maintainers"}))


def _busybox(version: str, created: datetime) -> Image:
    """The certificates are one layer that both versions share: its bytes are only freed with the second."""
    layers = (Layer("ca-certificates 20230311", 210_000), Layer(f"busybox {version}", 780_000))
    return image(*layers, recipe=Recipe(created=created))


def _registry() -> Image:
    layers = (Layer("alpine 3.19", 1_200_000), Layer("registry 2.8.3", 2 * MEGABYTE))
    return image(*layers, recipe=Recipe(created=datetime(2024, 1, 27, 0, 30, 48, tzinfo=UTC)))


def main(arguments: list[str]) -> int:
    """Seed the registry named on the command line; 0, 1 when it refused, 2 for wrong usage."""
    if len(arguments) != 1 or not arguments[0].startswith(("http://", "https://")):
        sys.stderr.write("Usage: python -m demo.parts.sample URL   (as http://127.0.0.1:5000)\n")
        return 2
    try:
        digests = seed(arguments[0])
    except PartError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for (repository, tag), digest in digests.items():
        sys.stdout.write(f"{repository}:{tag} {digest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
