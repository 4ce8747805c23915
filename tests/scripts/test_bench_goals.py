"""The goals: each names what is measured, and is judged by it."""

from __future__ import annotations

import pytest
from benchmarks.contests import CONTESTS, STREAMED
from benchmarks.data import heads
from benchmarks.goals import GOALS, QUANTITIES, Goal

from tests.scripts.facts import facts, own, record, skipped


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.what)
def test_every_goal_is_of_something_that_is_measured(goal):
    contest = CONTESTS[goal.contest]
    for data in filter(None, (goal.data, goal.peer_data)):
        assert data in contest.data
        assert data in heads(quick=False)
    assert contest.contestants[goal.own].own
    assert goal.peer in {"", *contest.contestants}
    assert goal.quantity in QUANTITIES
    assert (goal.most, goal.least) != (None, None)


def test_all_seven_groups_have_goals():
    assert {goal.number for goal in GOALS} == set(range(1, 8))


def test_a_ratio_is_vizmeds_over_the_peers():
    goal = Goal(1, "read", "head", "a", 0.5, "b")
    records = [record("read", "head", a=own(1.0), b=facts(4.0))]
    assert goal.measured(records) == 0.25
    assert goal.is_met(0.25)
    assert goal.is_met(0.5)
    assert not goal.is_met(0.51)


def test_without_a_peer_the_number_itself_counts():
    goal = Goal(5, "turning", "head", "a", quantity="pictures a second", least=10)
    assert goal.measured([record("turning", "head", a=own(fps=12.0))]) == 12
    assert goal.is_met(12)
    assert not goal.is_met(9.9)


def test_a_goal_of_exactly_one_is_missed_on_both_sides():
    goal = next(goal for goal in GOALS if goal.quantity == "triangles")
    records = [record("memory", "head", **{goal.own: own(triangles=9), goal.peer: own(triangles=10)})]
    assert not goal.is_met(goal.measured(records))
    assert not goal.is_met(1.1)
    assert goal.is_met(1.0)
    assert goal.wanted == "1"


def test_growth_is_over_the_same_contestant_on_other_data_and_without_its_mesh():
    goal = next(goal for goal in GOALS if goal.peer_data and goal.quantity == "memory beyond the mesh")
    sizes = {"growing-4": (230, 1_000_000), "growing-5": (310, 3_000_000)}
    records = [
        record("growth", word, **{STREAMED: own(mb=mb, triangles=triangles)}) for word, (mb, triangles) in sizes.items()
    ]
    assert goal.measured(records) == pytest.approx(220 / 200)


def test_what_was_skipped_gives_no_number():
    goal = Goal(1, "read", "head", "a", 0.5, "b")
    assert goal.measured([record("read", "head", a=own(), b=skipped("no wheel"))]) is None
    assert goal.measured([record("read", "head", a=skipped("no option"), b=facts())]) is None
    assert goal.measured([]) is None


def test_memory_of_reading_is_told_in_voxels():
    goal = next(goal for goal in GOALS if goal.quantity == "memory, x voxels")
    results = {"vizmed.read": own(mb=103, voxels=100)}
    assert goal.measured([record("read", "head", **results)]) == pytest.approx(1.03)
