"""Sheets: plans, outcomes and lists as CSV files, for what does not fit into messages."""

import csv
import io
from collections.abc import Iterable, Sequence

from bot.cards.shown import Shown
from bot.slack.blocks import File
from workers.core.listing import Listing
from workers.core.outcome import Outcome
from workers.core.plan import Plan, Step


def plan(shown: Shown) -> File:
    """Every step, everything that stays, and everything that was damaged before."""
    request = shown.request
    content = shown.plan or Plan(registry=request.registry)
    rows = [_step(number, step) for number, step in enumerate(content.steps, start=1)]
    rows += [("", "keep", kept.what, "", "", "", kept.why) for kept in content.kept]
    rows += [("", "damaged", damage.what, "", "", "", damage.why) for damage in content.damage]
    return File(
        name=f"plan-{request.id}.csv",
        title=f"The whole plan of {request.id}",
        content=_written(("step", "what", "repository", "tags", "digest", "bytes", "because"), rows),
    )


def outcomes(shown: Shown) -> File:
    """What every step did."""
    request = shown.request
    steps = shown.plan.steps if shown.plan else ()
    rows = [(*_step(number + 1, step), *_result(shown.outcomes.get(number))) for number, step in enumerate(steps)]
    columns = ("step", "what", "repository", "tags", "digest", "bytes", "because", "result", "why")
    return File(name=f"outcome-{request.id}.csv", title=f"What {request.id} did", content=_written(columns, rows))


def listing(found: Listing) -> File:
    """Every row of a list."""
    rows = [
        (
            registry,
            row.repository,
            row.tag,
            row.digest,
            "" if row.size is None else str(row.size),
            row.created.isoformat() if row.created else "",
            " ".join(row.shares),
            row.trouble,
        )
        for registry, row in found.rows
    ]
    columns = ("registry", "repository", "tag", "digest", "bytes", "created", "same digest as", "trouble")
    return File(name="images.csv", title=f"{len(rows):,} images", content=_written(columns, rows))


def _step(number: int, step: Step) -> tuple[str, ...]:
    tags = " ".join(map(str, step.tags))
    return str(number), step.verb.value, str(step.repository), tags, str(step.digest), str(step.size), step.because


def _result(outcome: Outcome | None) -> tuple[str, str]:
    return (outcome.result.value, outcome.why) if outcome else ("not reached", "")


def _written(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Spreadsheets would calculate what begins like a formula, and files hold no halves of characters."""
    whole = cell.encode(errors="replace").decode()
    return f"'{whole}" if whole[:1] in {"=", "+", "-", "@", "\t", "\r"} else whole
