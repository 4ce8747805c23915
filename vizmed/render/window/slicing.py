"""Acts on the slices: step, window, slab, crosshair, side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from vizmed.presets import names
from vizmed.render.window.desk import Act, Desk
from vizmed.scene import PROJECTIONS, Plane, Scene
from vizmed.slices import step
from vizmed.volume import Volume

T = TypeVar("T")

_FIRST_SLAB_MM = 10.0

_SLABS_MM = (0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0, 70.0, 100.0)
"""From one voxel on, each about half as thick again as the one before."""

_ALL = 1_000_000
"""More slices than there are: a step stops at the ends."""


def with_slices(scene: Scene, **fields: Any) -> Scene:
    """Give the scene with other fields of its slices."""
    return replace(scene, slices=replace(scene.slices, **fields))


def step_slices(count: int) -> Act:
    """Make the act that goes so many slices on in the plane under the pointer, towards S, P and L."""

    def act(scene: Scene, desk: Desk) -> Scene:
        return replace(scene, slices=step(scene.slices, desk.study.volume, desk.plane, count))

    return act


def first_slice(scene: Scene, desk: Desk) -> Scene:
    """Go to the first slice of the plane under the pointer."""
    return step_slices(-_ALL)(scene, desk)


def last_slice(scene: Scene, desk: Desk) -> Scene:
    """Go to the last slice of the plane under the pointer."""
    return step_slices(_ALL)(scene, desk)


def windows_of(volume: Volume) -> tuple[str, ...]:
    """List the windows by name that fit a volume: the file's where it asks for one, CT's where it is in HU."""
    of_file = ("file",) if volume.window is not None else ()
    return ("auto", *of_file, "percentiles", *(names("windows") if volume.unit == "HU" else ()))


def change_window(count: int) -> Act:
    """Make the act that goes so many windows on; numbers lie before the first and after the last."""

    def act(scene: Scene, desk: Desk) -> Scene:
        return with_slices(scene, window=following(windows_of(desk.study.volume), scene.slices.window, count))

    return act


def following(choices: tuple[T, ...], now: object, count: int) -> T:
    """Give the choice so many places on, in a ring; what is none of them lies between its ends."""
    before_first = -1 if count > 0 else 0
    place = next((n for n, choice in enumerate(choices) if choice == now), before_first)
    return choices[(place + count) % len(choices)]


def change_slab(scene: Scene, _desk: Desk) -> Scene:
    """Go from slices one voxel thick to the largest values of slabs, to the smallest, to the mean, and back."""
    if not scene.slices.slab_mm:
        return with_slices(scene, slab_mm=_FIRST_SLAB_MM, projection=PROJECTIONS[0])
    place = PROJECTIONS.index(scene.slices.projection) + 1
    if place == len(PROJECTIONS):
        return with_slices(scene, slab_mm=0.0, projection=PROJECTIONS[0])
    return with_slices(scene, projection=PROJECTIONS[place])


def thicken(sign: int) -> Act:
    """Make the act that takes the next thicker (1) or thinner (-1) slab."""

    def act(scene: Scene, _desk: Desk) -> Scene:
        now = scene.slices.slab_mm
        others = [mm for mm in _SLABS_MM if (mm - now) * sign > 0]
        return with_slices(scene, slab_mm=min(others, key=lambda mm: abs(mm - now))) if others else scene

    return act


def turn_crosshair(scene: Scene, _desk: Desk) -> Scene:
    """Turn the crosshair on or off."""
    return with_slices(scene, crosshair=not scene.slices.crosshair)


def turn_side(scene: Scene, _desk: Desk) -> Scene:
    """Turn slices from the radiological side to the neurological one, or back."""
    return with_slices(scene, neurological=not scene.slices.neurological)


def turn_in_3d(plane: Plane) -> Act:
    """Make the act that shows a plane in 3D, or no longer."""

    def act(scene: Scene, _desk: Desk) -> Scene:
        shown = scene.slices.in_3d
        others = tuple(other for other in shown if other != plane)
        return with_slices(scene, in_3d=others if plane in shown else (*shown, plane))

    return act
