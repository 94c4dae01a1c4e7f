"""`ls` as people see it: grouped, marked, in pages."""

from dataclasses import replace
from datetime import timedelta

from bot.cards import listing, sheets
from bot.cards.listing import Place
from bot.slack.blocks import Message
from demo.workspace import plain
from tests.builders import digest
from tests.samples import NOW
from workers.core.listing import Listing, Row, Shelf

ROW = Row(
    repository="app",
    tag="1.2",
    digest=str(digest("one")),
    size=12_300_000,
    created=NOW - timedelta(days=3),
    shares=("latest",),
)


def seen(found: Listing, number: int = 0) -> str:
    message = listing.page(found, Place(lookup="l-1", page=number), NOW)
    text = plain(list(message.blocks))
    assert all(line in text for line in message.text.split("\n"))
    return text


def test_a_row_shows_digest_age_size_and_who_shares_it() -> None:
    text = seen(Listing(shelves=(Shelf(registry="prod", rows=(ROW,)),)))
    row = f"`1.2` · `{digest('one').short}` · 3 d · 12.3 MB · 🔗 same digest as `latest`"
    assert [line.strip() for line in text.split("\n")] == ["*prod*", "`app`", row, "1 image · page 1 of 1"]


def test_what_could_not_be_read_is_said() -> None:
    odd = Row(repository="app", tag="broken", trouble="its manifest is missing")
    text = seen(Listing(shelves=(Shelf(registry="prod", rows=(odd,)), Shelf(registry="staging", trouble="No answer."))))
    assert "`broken` · ⚠️ its manifest is missing" in text
    assert "*staging*: ⚠️ No answer." in text


def test_empty_registries_and_repositories_are_said() -> None:
    text = seen(Listing(shelves=(Shelf(registry="prod", emptied=("old", "older")),)))
    assert "*prod*: nothing here." in text
    assert "Without any tag: `old`, `older`" in text
    assert seen(Listing()).startswith("There is nothing.")


def test_a_filter_that_finds_nothing_is_not_taken_for_an_empty_registry() -> None:
    text = seen(Listing(shelves=(Shelf(registry="prod", pattern="lat*"),)))
    assert "*prod*: nothing matches `lat*`. A filter is part of `REPOSITORY:TAG`, or a pattern with `*`" in text


def many(number: int) -> Listing:
    return Listing(shelves=(Shelf(registry="prod", rows=tuple(replace(ROW, tag=f"v{n}") for n in range(number))),))


def test_long_lists_come_in_pages_that_name_what_goes_on() -> None:
    first, second, last = (listing.page(many(60), Place(lookup="l-1", page=n), NOW) for n in range(3))
    assert [buttons(first), buttons(second), buttons(last)] == [
        {"Next": "l-1 1"},
        {"Previous": "l-1 0", "Next": "l-1 2"},
        {"Previous": "l-1 1"},
    ]
    assert second.text.startswith("*prod*, continued\n`app`\n    `v25`")
    assert "60 images · page 2 of 3" in second.text
    assert listing.page(many(60), Place(lookup="l-1", page=99), NOW) == last


def buttons(message: Message) -> dict[str, str]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {button["text"]["text"]: button["value"] for row in rows for button in row}


def test_places_are_read_back() -> None:
    place = Place(lookup="l-1", page=7)
    assert Place.read(place.value) == place
    assert Place.read("l-1 x") == Place(lookup="l-1")


def test_the_whole_list_as_a_file() -> None:
    sheet = sheets.listing(
        Listing(shelves=(Shelf(registry="prod", rows=(ROW, replace(ROW, tag="2", trouble="=1+1"))),))
    )
    head, first, second = sheet.content.splitlines()
    assert head == "registry,repository,tag,digest,bytes,created,same digest as,trouble"
    assert first == f"prod,app,1.2,{digest('one')},12300000,2026-02-26T12:00:00+00:00,latest,"
    assert second.endswith(",'=1+1"), "a spreadsheet would calculate it"
