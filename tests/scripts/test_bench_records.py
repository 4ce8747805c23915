"""What is kept of a run: medians, agreement, failures."""

from __future__ import annotations

import pytest
from benchmarks.records import complaints, failures, find, odd_ones, share, summed_up

from tests.scripts.facts import facts, own, record, skipped


def test_seconds_and_megabytes_are_medians_and_the_rest_is_of_the_last_run():
    runs = [{"seconds": s, "mb": mb, "triangles": n} for s, mb, n in ((9, 1, 5), (1, 3, 6), (2, 2, 7))]
    assert summed_up(runs) == {"seconds": 2, "mb": 2, "triangles": 7}


def test_who_fails_once_has_no_result():
    assert summed_up([{"seconds": 1, "mb": 1}, {"skipped": "broken", "failed": True}])["skipped"] == "broken"


def test_a_checksum_agrees_to_the_bit_and_a_volume_to_a_hundredth():
    held = {"a": own(checksum=7), "b": facts(checksum=7), "c": facts(checksum=8)}
    assert odd_ones(held) == ["c"]
    near = {"a": own(triangles=1000, ml=50.0), "b": facts(triangles=1009, ml=50.4), "c": facts(triangles=1000, ml=50.6)}
    assert odd_ones(near) == ["c"]


def test_who_is_apart_is_not_held_against_others_nor_others_against_it():
    results = {"closed": own(triangles=10) | {"apart": True}, "open": own(triangles=1000), "b": facts(triangles=1001)}
    assert odd_ones(results) == []
    assert odd_ones({**results, "c": facts(triangles=10)}) == ["c"]


def test_a_result_that_lacks_what_the_first_has_differs():
    assert odd_ones({"a": own(triangles=10, ml=1.0), "b": facts(triangles=10)}) == ["b"]
    assert odd_ones({"a": own(checksum=7), "cat": facts(), "gone": skipped("no wheel")}) == []


def test_only_vizmeds_own_failures_count():
    missing, broken = skipped("no such option"), skipped("ValueError: 7", failed=True)
    results = {"vizmed": {**broken, "own": True}, "later": {**missing, "own": True}, "peer": broken}
    assert failures(results) == ["vizmed: ValueError: 7"]


def test_complaints_tell_where():
    records = [record("read", "head", a=own(checksum=1), b=facts(checksum=2)), record("stl", "head", a=own(ml=1.0))]
    assert complaints(records) == ["Read, head 8 x 8 x 8: the result of b differs"]


def test_facts_are_found_by_contest_data_and_name():
    records = [record("read", "head", a=own(3)), record("read", "half", a=own(4), b=skipped("no"))]
    assert find(records, "read", "half", "a")["seconds"] == 4
    assert find(records, "read", "half", "b") is None
    assert find(records, "read", "tiny", "a") is None


@pytest.mark.parametrize(
    ("told", "first", "expected"),
    [
        (facts(mb=105), {"voxels": 100}, 1.05),
        (facts(mb=150, mesh=40), {"held": 100}, 2.1),
        (facts(), {}, None),
        (facts(mb=105, cold=True), {"voxels": 100}, None),
    ],
)
def test_memory_is_told_in_voxels_without_the_mesh(told, first, expected):
    assert share(told, first) == (expected if expected is None else pytest.approx(expected))
