"""Which runs the long form takes, and that it goes on where it was stopped."""

from collections import Counter

from tests.chaos.__main__ import missing, wanted
from tests.chaos.running import version_of
from tests.chaos.test_table import RUN


def test_each_takes_every_chosen_fault_as_often_on_each_version() -> None:
    runs = list(wanted("horse killed: tag deleted", 150, 3))  # can happen on one version only
    assert runs == [("horse killed: tag deleted, not recorded", number) for number in (1, 2, 3)]
    runs = list(wanted("gc horse killed", 150, 20))
    assert len(runs) == len(set(runs))
    counted = Counter((name, version_of(name, number)) for name, number in runs)
    assert set(counted.values()) == {20}
    assert len(counted) == 2 * len({name for name, _ in runs}) >= 26


def test_rounds_take_every_chosen_fault_in_turn() -> None:
    assert list(wanted("nothing", 3, 0))[:2] == [("nothing", 1), ("nothing, collecting", 1)]
    assert len(list(wanted("nothing", 3, 0))) == 3


def test_what_was_done_before_is_not_done_again() -> None:
    assert list(missing([("nothing", 1), ("nothing", 2)], [RUN])) == [("nothing", 2)]
