"""Plans and outcomes as files."""

from bot.cards import sheets
from bot.cards.shown import Shown
from tests.builders import digest
from tests.samples import PLAN, pending
from workers.core.damage import Damage
from workers.core.listing import Listing, Row, Shelf
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan


def test_the_whole_plan() -> None:
    sheet = sheets.plan(Shown(request=pending(), plan=PLAN))
    assert sheet.name == "plan-R-1.csv"
    assert sheet.content.splitlines() == [
        "step,what,repository,tags,digest,bytes,because",
        f"1,untag,app,1,{digest('one')},1110,",
        f"2,delete,team/app,2 3,{digest('two')},7,part of team/app:4",
        ",keep,app:latest,,,,is protected by “*:latest”",
    ]


def test_damage_is_in_the_plan() -> None:
    hurt = Plan(registry="prod", damage=(Damage(what="app:1", why="is not there"),))
    assert sheets.plan(Shown(request=pending(), plan=hurt)).content.splitlines()[1:] == [
        ",damaged,app:1,,,,is not there",
    ]


def test_what_every_step_did() -> None:
    did = {0: Outcome(step=0, result=Result.SKIPPED, why="It moved.")}
    sheet = sheets.outcomes(Shown(request=pending(), plan=PLAN, outcomes=did))
    assert sheet.content.splitlines()[1:] == [
        f"1,untag,app,1,{digest('one')},1110,,skipped,It moved.",
        f"2,delete,team/app,2 3,{digest('two')},7,part of team/app:4,not reached,",
    ]


def test_half_a_character_from_redis_does_not_keep_a_file_from_being_sent() -> None:
    row = Row(repository="app", tag="1", trouble="odd \ud800", shares=("\r=1",))
    content = sheets.listing(Listing(shelves=(Shelf(registry="prod", rows=(row,)),))).content
    assert content.encode().endswith(b"odd ?\r\n")
    assert "'\r=1" in content
