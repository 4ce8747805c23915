"""Contestants: a 3D view that is turned, picture by picture, where the processor draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.contest import LEVEL, VALUE, Facts, Work
from benchmarks.scripts import SIZE

LONGEST_S, FEWEST, MOST = 2.0, 2, 30
"""Turning ends after so many seconds, but not before so many pictures; and after so many pictures at the latest."""

STEP_DEGREES = 5


def with_vizmed(folder: Path, mode: str) -> Work:
    """As the window does it: coarsely while things move."""
    import vizmed
    from vizmed.render.draw import draw
    from vizmed.render.resolve import resolve
    from vizmed.render.study import Study

    options = {"level": LEVEL} if mode == "surface" else {}
    scene = vizmed.scene_for(mode, size=SIZE, **options)
    drawing = draw(resolve(scene, Study(vizmed.read(folder))), off_screen=True)
    return turning(drawing.plotter, drawing.follow, lambda: drawing.hurry(True))


def with_pyvista(folder: Path, mode: str) -> Work:
    import pyvista

    grid = pyvista.DICOMReader(str(folder)).read()
    plotter = pyvista.Plotter(off_screen=True, window_size=list(SIZE))
    if mode == "surface":
        plotter.add_mesh(grid.contour([VALUE]))
    else:
        plotter.add_volume(grid, cmap="bone", opacity="sigmoid", shade=True)
    plotter.camera_position = "xz"
    return turning(plotter, lambda: None, lambda: None)


def turning(plotter: Any, follow: Callable[[], None], begin: Callable[[], None]) -> Work:
    """Draw the first picture, begin to turn, and give the work of the pictures that come after it."""
    window = plotter.render_window

    def drawn() -> None:
        follow()
        window.Render()
        window.WaitForCompletion()

    def work() -> Facts:
        begun, frames = perf_counter(), 0
        while frames < FEWEST or (frames < MOST and perf_counter() - begun < LONGEST_S):
            plotter.camera.Azimuth(STEP_DEGREES)
            drawn()
            frames += 1
        return per_frame(frames, perf_counter() - begun)

    drawn()
    begin()
    drawn()
    return work, lambda facts: facts


def per_frame(frames: int, seconds: float) -> Facts:
    """Tell how fast it was: the seconds are those of one picture."""
    return {"seconds": seconds / frames, "fps": frames / seconds}
