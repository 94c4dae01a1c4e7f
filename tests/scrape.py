"""Scraping: what Prometheus would read, parsed by the reader of its own client library."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

_OWN: Final = "regclean_"


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer; families that are not regclean's own, and when a series began, are left out."""

    families: dict[str, Metric]

    @property
    def shapes(self) -> dict[str, tuple[str, frozenset[str]]]:
        """By name as it is written in a rule: type and labels; a histogram's bucket bound is no label of ours."""
        return {
            name: (family.type, frozenset(label for sample in family.samples for label in sample.labels) - {"le"})
            for name, family in self.families.items()
        }

    @property
    def sample_names(self) -> set[str]:
        return {sample.name for family in self.families.values() for sample in family.samples}

    def value(self, name: str, **labels: str) -> float | None:
        """The one sample that has this name and just these labels; None where there is none."""
        found = [each.value for each in self._samples() if each.name == name and each.labels == labels]
        assert len(found) <= 1, (name, labels, found)
        return found[0] if found else None

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples of this name whose labels are these, whatever the others are."""
        return sum(
            each.value for each in self._samples() if each.name == name and labels.items() <= each.labels.items()
        )

    def _samples(self) -> Iterator[Sample]:
        for family in self.families.values():
            yield from family.samples


def parsed(page: str) -> Scrape:
    families = {family.name: family for family in text_string_to_metric_families(page)}
    return Scrape(
        {name: family for name, family in families.items() if name.startswith(_OWN) and not name.endswith("_created")}
    )


def scrape(url: str) -> Scrape:
    answer = httpx.get(url, timeout=10, trust_env=False)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return parsed(answer.text)
