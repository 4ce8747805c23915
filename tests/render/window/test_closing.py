"""How windows on a virtual screen come to their end, and what is left of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.render.window.screens import (
    HEIGHT,
    PATIENCE_S,
    WIDTH,
    ask_to_close,
    destroy,
    opened,
    virtual_screen,
)

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def screen() -> Iterator[dict[str, str]]:
    with virtual_screen() as environment:
        yield environment


@pytest.mark.parametrize("end", [ask_to_close, destroy])
def test_a_window_that_is_closed_from_outside_ends_it(screen, sample_folder, tmp_path, end):
    command = [sys.executable, "-m", "vizmed", "slices", str(sample_folder), "--size", f"{WIDTH}x{HEIGHT}"]
    with opened(screen, tmp_path, command) as window:
        assert window.scene().slices.planes == ("axial",)
        end(window)
        assert window.ended() == 0
        assert window.process.stderr.read() == ""


SCRIPT = f"""
import gc, weakref
import vizmed
from vizmed.errors import EmptySurfaceError
from vizmed.render.stage import Stage

head = vizmed.make_sample(size=32)
alive = []
close = Stage.close
def noted(stage):
    alive.extend(map(weakref.ref, [stage, stage.plotter, stage.window, stage.over, *stage.window.GetRenderers()]))
    close(stage)
Stage.close = noted

before = vizmed.render(head, mode="surface", size=(100, 100))
for mode in ("scene", "slices"):
    last = vizmed.show(head, mode=mode, size=({WIDTH}, {HEIGHT}))
    print(last.slices.crosshair, last.size)
assert (vizmed.render(head, mode="surface", size=(100, 100)) == before).all()
try:
    vizmed.show(head, mode="surface", level=30000, size=({WIDTH}, {HEIGHT}))
except EmptySurfaceError as refused:
    print("refused")
gc.collect()
print(len(alive) > 12, [one() for one in alive if one() is not None])
"""


def test_windows_and_pictures_follow_each_other_and_nothing_of_them_stays(screen, tmp_path):
    with opened(screen, tmp_path, [sys.executable, "-c", SCRIPT]) as window:
        for key in ("c", "n"):
            window.scene(key)
            window.tool("key", "q")
            if key == "c":
                window.wait_for(lambda: window.tool("search", "--onlyvisible", "--name", "vizmed") == "", "its end")
                window.wait_for(window.listens, "the next one")
        said, complained = window.process.communicate(timeout=PATIENCE_S)
    assert window.process.returncode == 0, complained
    assert said.splitlines() == [
        f"False ({WIDTH}, {HEIGHT})",
        f"True ({WIDTH}, {HEIGHT})",
        "refused",
        "True []",
    ]
