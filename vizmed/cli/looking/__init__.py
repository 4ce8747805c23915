"""What a picture, a window or a movie shows: the options for it, and the scene that they make."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from vizmed.cli.looking.framing import Framing
from vizmed.cli.looking.laying import Laying
from vizmed.cli.looking.shaping import Shaping
from vizmed.cli.looking.slicing import Slicing
from vizmed.errors import OptionError
from vizmed.scene import Layout, Mode, Scene, VolumeLayer, scene_for
from vizmed.scene.parse import NONE, parse_level, parse_measure, parse_point, parse_points, parse_surface, parsed
from vizmed.scene.words import FLAGS, WORDS, Word

if TYPE_CHECKING:
    from vizmed.geometry import FloatArray
    from vizmed.render.study import Study
    from vizmed.volume import Volume


@Parameter(name="*")
@dataclass(frozen=True)
class Looking:
    """What a picture or a window shows."""

    mode: Annotated[
        Mode | None,
        Parameter(help="Slices, volume and surface together (scene), or one of them."),
    ] = None
    layout: Annotated[Layout | None, Parameter(help="One 3D view, the slices on a page, or both in four panes.")] = None
    scene: Annotated[Path | None, Parameter(help="A scene in a file (.toml), for this scan.")] = None
    slicing: Slicing = field(default_factory=Slicing)
    shaping: Shaping = field(default_factory=Shaping)
    framing: Framing = field(default_factory=Framing)
    laying: Laying = field(default_factory=Laying)

    def made(self, base: Scene | None = None, *, mode: Mode = "scene", layout: Layout | None = None) -> Scene:
        """Make the scene that the options describe; `aimed` gives it the slice of --index.

        Parameters
        ----------
        base : Scene, optional
            The one that a file holds; else it is that of the mode.
        mode, layout
            What is meant where no option says it.

        Raises
        ------
        OptionError
        """
        given = self.given
        if base is None:
            base = self._of_mode(mode, layout)
        elif self.mode or self.shaping.preset or self.shaping.level is not None:
            raise OptionError(
                "--mode, --preset and --level make a scene, and a scene is given",
                remedy="--surface and --rendering change what it shows",
            )
        scene = _layered(base, given)
        for word in WORDS:
            text = given.get(word.option)
            if text is not None:
                scene = word.put_into(scene, word.parse(text))
        for flag, (name, value) in FLAGS.items():
            if given.get(flag):
                scene = Word(flag, name, str, str).put_into(scene, value)
        return scene

    def aimed(self, scene: Scene, study: Study) -> Scene:
        """Give the scene with its slices where --index says; else through marks or labels, if no place is given.

        Raises
        ------
        OptionError
        """
        place = None
        if self.slicing.index is not None:
            place = _middle_of(scene, study.volume, self.slicing.index)
        elif scene.slices.at is None:
            place = study.worth_seeing
        if place is None:
            return scene
        x, y, z = place.tolist()
        return replace(scene, slices=replace(scene.slices, at=(x, y, z)))

    def on_one_plane(self) -> Looking:
        """Give the options with a page of the axial slice where no plane is named."""
        slicing = self.slicing
        if not (slicing.plane or slicing.normal or slicing.through) and self.scene is None:
            slicing = replace(slicing, plane="axial")
        return replace(self, slicing=slicing, layout=self.layout or "slices")

    @property
    def given(self) -> dict[str, Any]:
        """What the options say, by their names; one plane by three points as its normal and place."""
        parts = (self.slicing, self.shaping, self.framing, self.laying)
        given = {name.replace("_", "-"): value for part in parts for name, value in vars(part).items()}
        given["layout"] = self.layout
        given["slice-zoom"] = given["slice-zoom"] or given["zoom"]
        if (given["normal"] or given["through"]) and not given["plane"]:
            given["plane"] = "oblique"
        return given

    def _of_mode(self, mode: Mode, layout: Layout | None) -> Scene:
        """Give the scene of the mode; where none is named, what is named of planes, surfaces or a volume decides."""
        names_planes = self.given["plane"] is not None or self.slicing.index is not None
        if names_planes and not self.mode and layout is None:
            mode = "slices"
        elif mode == "scene" and self.shaping.surface is not None:
            mode = "surface"
        elif mode == "scene" and self.shaping.rendering is not None:
            mode = "volume"
        if names_planes and layout is None and (self.mode or mode) == "slices":
            layout = "slices"
        return scene_for(
            self.mode or mode,
            preset=self.shaping.preset,
            level=parsed(parse_level, self.shaping.level),
            layout=self.layout or layout,
        )


def _middle_of(scene: Scene, volume: Volume, index: int) -> FloatArray:
    """Give the middle of the slice that is counted so, from 1."""
    from vizmed.slices import take_slice

    plane, *others = scene.slices.planes
    if others or scene.slices.at is not None or plane == "oblique":
        raise OptionError("--index counts the slices of one plane", remedy="Such as --plane axial --index 40")
    count = take_slice(volume, plane).count
    if not 1 <= index <= count:
        raise OptionError(f"there is no {plane} slice {index}", remedy=f"There are 1 to {count}")
    return take_slice(volume, plane, index=index - 1).middle


def _layered(scene: Scene, given: dict[str, Any]) -> Scene:
    """Give the scene with the layers that are named, before their fields are set."""
    slices = replace(scene.slices, **_oblique(given["normal"], given["through"]))
    scene = replace(scene, slices=slices)
    if given["rendering"] == NONE:
        scene = replace(scene, volume=None)
    elif given["rendering"] is not None:
        scene = replace(scene, volume=replace(scene.volume or VolumeLayer(), preset=given["rendering"]))
    if given["surface"] is not None:
        scene = replace(scene, surfaces=tuple(parse_surface(text) for text in given["surface"] if text != NONE))
    if given["measure"] is not None:
        scene = replace(scene, measures=tuple(map(parse_measure, given["measure"])))
    return scene


def _oblique(normal: str | None, through: str | None) -> dict[str, Any]:
    if normal is not None and through is not None:
        raise OptionError("--normal and --through both name the oblique plane", remedy="Give one of them")
    if normal is not None:
        return {"normal": parse_point(normal)}
    if through is None:
        return {}
    import numpy as np

    from vizmed.slices import plane_through

    across, at = plane_through(*map(np.array, parse_points(through, 3)))
    return {"normal": tuple(across.tolist()), "at": tuple(at.tolist())}
