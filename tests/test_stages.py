from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from vizmed.stages import recorded, stage


@stage("work")
def work(n: int = 1) -> int:
    """Work."""
    with stage("part"):
        return 2 * n


def test_nothing_is_recorded_unless_it_is_asked_for():
    assert work(3) == 6
    with recorded() as whole:
        pass
    assert work(4) == 8
    assert whole.parts == {}


def test_stages_nest_and_those_that_come_again_add_up():
    with recorded() as whole:
        work()
        with stage("other"):
            work()
        work()
    assert list(whole.parts) == ["work", "other"]
    assert list(whole.parts["other"].parts["work"].parts) == ["part"]
    assert whole.seconds >= sum(part.seconds for part in whole.parts.values())
    assert whole.parts["work"].seconds >= whole.parts["work"].parts["part"].seconds > 0
    assert whole.began <= whole.parts["work"].began <= whole.parts["other"].began


def test_a_stage_within_itself_is_counted_once():
    with recorded() as whole, stage("work"):
        work()
    assert list(whole.parts) == ["work"]
    assert list(whole.parts["work"].parts) == ["part"]


def test_what_fails_is_recorded():
    with pytest.raises(ZeroDivisionError), recorded() as whole, stage("failing"):
        _ = 1 // 0
    assert whole.parts["failing"].seconds > 0
    assert whole.seconds >= whole.parts["failing"].seconds
    with recorded() as again:
        work()
    assert list(again.parts) == ["work"]


def test_other_threads_count_where_they_are_waited_for():
    with recorded() as whole, stage("waiting"), ThreadPoolExecutor(2) as threads:
        assert list(threads.map(work, range(4))) == [0, 2, 4, 6]
    assert list(whole.parts) == ["waiting"]
    assert whole.parts["waiting"].parts == {}


def test_a_thread_that_takes_the_context_along_is_left_out_too():
    from contextvars import copy_context

    with recorded() as whole, ThreadPoolExecutor(1) as threads:
        threads.submit(copy_context().run, work).result()
    assert whole.parts == {}


def test_each_recording_is_its_own():
    with recorded() as outer:
        with recorded() as inner:
            work()
        with stage("after"):
            pass
    assert list(inner.parts) == ["work"]
    assert list(outer.parts) == ["after"]


def test_the_peak_is_that_of_what_a_stage_took():
    script = """
from vizmed.stages import recorded, stage
with recorded() as whole:
    with stage("taking"):
        taken = bytearray(100 << 20)
    del taken
    with stage("after"):
        pass
taking, after = whole.parts.values()
print(taking.peak_before, taking.peak, after.peak_before, after.peak, whole.peak)
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    before, *others = map(int, done.stdout.split())
    taken = [peak - before for peak in others]
    assert taken == pytest.approx([100 << 20] * 4, abs=2 << 20)


def test_what_is_decorated_stays_what_it_is():
    assert work.__name__ == "work"
    assert work.__doc__ == "Work."
