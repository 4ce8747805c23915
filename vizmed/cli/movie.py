"""`vizmed movie`: a scan that turns, or its slices one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from vizmed.cli.looking import Looking
from vizmed.cli.looking.used import check_used
from vizmed.cli.options import Output, Overwrite, Reading, Source, Telling
from vizmed.cli.stepping import Stepping
from vizmed.cli.studying import open_study, planned
from vizmed.cli.telling import progress, tell
from vizmed.errors import OptionError
from vizmed.scene import Mode, Plane, Scene, Sources
from vizmed.scene.file import ENDING

if TYPE_CHECKING:
    from vizmed.render.movie import Frame
    from vizmed.render.study import Study
    from vizmed.write.movie import Movie

_SIZE = "600x500"
"""A fair size for a GIF: a movie of 60 such frames has some megabytes."""

_FRAMES = 60
"""Of a turn, 6 degrees each: it takes four seconds."""

_LONG_S, _MB = 100, 1_000_000


def movie(
    source: Source,
    /,
    *,
    output: Output,
    turn: Annotated[
        float | None,
        Parameter(allow_leading_hyphen=True, help="Degrees the camera goes around, over A, L, P, R; 360 if not given."),
    ] = None,
    frames: Annotated[int | None, Parameter(help="Of a turn, 60 if not given; of a sweep, at most so many.")] = None,
    sweep: Annotated[Plane | None, Parameter(help="Instead of a turn, the slices of this plane pass.")] = None,
    stepping: Stepping = Stepping(),
    fps: Annotated[float, Parameter(help="Frames a second.")] = 15.0,
    looking: Looking = Looking(),
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Write a movie of a scan: turning, or slice by slice.

    A GIF, or MP4 with the extra vizmed[movie]. The camera goes once around a volume rendering, or what --mode and
    --surface name; or with --sweep slices pass, on a page of their own, or of what --layout and --plane name. It is
    600x500 pixels if --size is not given.
    """
    from vizmed.render import gl
    from vizmed.write.movie import check_movie, write_movie

    if sweep is None:
        scene, sources = _turning(source, looking, reading, stepping)
    else:
        if turn is not None:
            raise OptionError("--turn means nothing to a sweep", remedy="--every or --frames says how many slices pass")
        if frames is not None and stepping.every is not None:
            raise OptionError("--every and --frames both say how many slices pass", remedy="Give one of them")
        scene, sources = _sweeping(source, looking, reading, sweep)
    check_used(looking, scene)
    if scene.transparent:
        raise OptionError("a movie has a background", remedy="Leave --transparent out")
    check_movie(output, fps=fps, size=scene.size, overwrite=overwrite)
    if scene.needs_opengl:
        gl.start_probe()
    study = open_study(scene, sources, reading, telling)
    scene = looking.aimed(scene, study)
    if sweep is None:
        count, drawn = _turn(scene, study, turn, frames)
    else:
        count, drawn = _sweep(scene, study, sweep, stepping, frames)
    check_movie(output, fps=fps, frames=count, size=scene.size, overwrite=overwrite)
    with progress(f"drawing frame 1/{count}", quiet=telling.quiet) as say:
        made = write_movie(_told(drawn, count, say), output, fps=fps, overwrite=overwrite)
    tell(_words(made, scene, fps))


def _turning(source: Path, looking: Looking, reading: Reading, stepping: Stepping) -> tuple[Scene, Sources]:
    """Plan a turn."""
    if stepping != Stepping():
        raise OptionError("--every, --first and --last mean nothing to a turn", remedy="They belong to --sweep PLANE")
    has_surface = looking.shaping.surface is not None or looking.shaping.level is not None
    mode: Mode = "surface" if has_surface else "volume"
    scene, sources = planned(source, _sized(source, looking), reading, mode=mode, layout="3d")
    if not scene.needs_opengl:
        raise OptionError("a page of slices does not turn", remedy="--sweep PLANE lets slices pass")
    return scene, sources


def _sweeping(source: Path, looking: Looking, reading: Reading, plane: Plane) -> tuple[Scene, Sources]:
    """Plan a sweep: over a page of the plane alone where no option names another."""
    if looking.slicing.index is not None:
        raise OptionError("--index means nothing to a sweep", remedy="--first says where it begins")
    is_named = looking.given["plane"] or looking.mode or looking.layout or looking.scene or _is_scene(source)
    if not is_named:
        looking = replace(looking, slicing=replace(looking.slicing, plane=plane), layout="slices")
    return planned(source, _sized(source, looking), reading)


def _sized(source: Path, looking: Looking) -> Looking:
    if looking.framing.size or looking.scene or _is_scene(source):
        return looking
    return replace(looking, framing=replace(looking.framing, size=_SIZE))


def _is_scene(source: Path) -> bool:
    return source.suffix.lower() == ENDING


def _turn(scene: Scene, study: Study, turn: float | None, frames: int | None) -> tuple[int, Iterator[Frame]]:
    from vizmed.render.movie import turn_angles, turntable

    degrees, count = 360.0 if turn is None else turn, _FRAMES if frames is None else frames
    turn_angles(count, degrees)
    return count, turntable(scene, study, frames=count, degrees=degrees)


def _sweep(
    scene: Scene, study: Study, plane: Plane, stepping: Stepping, frames: int | None
) -> tuple[int, Iterator[Frame]]:
    from vizmed.render.movie import sweep, sweep_steps

    steps = stepping.on(study.volume, plane, scene.slices)
    if frames is not None:
        if frames < 1:
            raise OptionError(f"the movie has {frames} frames", remedy="It has 1 or more")
        all_of_them = sweep_steps(scene, study, plane=plane, every=1, **steps)
        steps["every"] = ceil(len(all_of_them) / frames)
    return len(sweep_steps(scene, study, plane=plane, **steps)), sweep(scene, study, plane=plane, **steps)


def _told(frames: Iterable[Frame], count: int, say: Callable[[str], None]) -> Iterator[Frame]:
    """Pass frames on, and say how far it is and how long it will take."""
    began = time.monotonic()
    for n, frame in enumerate(frames, start=1):
        yield frame
        left = (count - n) * (time.monotonic() - began) / n
        say(f"drawing frame {min(n + 1, count)}/{count}, {_seconds(left)} left")


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _LONG_S else f"{seconds / 60:.0f} min"


def _words(made: Movie, scene: Scene, fps: float) -> str:
    width, height = made.size
    words = f"{made.path}: {made.frames} frames of {width} x {height} pixels, {made.fps:.3g} a second"
    if made.fps != fps:
        words += " (a GIF counts hundredths of a second)"
    if made.size != scene.size:
        words += " (MP4 has even sides: the last row or column is there twice)"
    return f"{words}, {made.frames / made.fps:.1f} s, {made.path.stat().st_size / _MB:.1f} MB"
