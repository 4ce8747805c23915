"""The one line that draws a scene: what a person arranged in the window, as a command."""

from __future__ import annotations

from dataclasses import replace

from vizmed.scene.modes import MODES, Mode, scene_for
from vizmed.scene.parse import NONE
from vizmed.scene.scene import Scene
from vizmed.scene.sources import Sources
from vizmed.scene.spell import spell_measure, spell_number, spell_point, spell_surface
from vizmed.scene.words import FLAGS, WORDS, Word

_OF_THE_VOLUME = "volume."


def as_drawn(scene: Scene) -> Scene:
    """Give the scene without the layers that are not shown: it looks the same."""
    return replace(scene, volume=scene.shown_volume, surfaces=scene.shown_surfaces)


def command_for(scene: Scene, sources: Sources, output: str = "picture.png") -> list[str]:
    """Give the command that draws a scene, word by word; `shlex.join` makes a line of it.

    Parameters
    ----------
    scene : Scene
    sources : Sources
        What it is made of.
    output : str
        The picture's file.

    Returns
    -------
    list of str
        The shortest that there is.
    """
    scene = as_drawn(scene)
    ways = [(mode, words) for mode in MODES if (words := _options(scene, mode)) is not None]
    mode, words = min(ways, key=lambda way: (len(way[1]), MODES.index(way[0])))
    return ["vizmed", "render", sources.path, "-o", output, *_reading(sources), "--mode", mode, *words]


def _options(scene: Scene, mode: Mode) -> list[str] | None:
    """Give the options that make a mode's scene this one; None where no option turns off what the mode has."""
    base = scene_for(mode)
    options = [*_layers(scene, base)]
    if scene.volume is not None and base.volume is None:
        base = replace(base, volume=type(scene.volume)())
    # naming planes, or the normal of one, means a page of them where no layout is named
    names_planes = scene.slices.planes != base.slices.planes or scene.slices.normal is not None
    for word in WORDS:
        given, present = word.value_in(scene), word.value_in(base)
        if word.option == "slice-zoom":  # --zoom sets both, and comes with the picture's own
            present = scene.zoom
        if given == present and not (word.option in ("layout", "plane") and names_planes):
            continue
        if scene.volume is None and word.field.startswith(_OF_THE_VOLUME):
            continue
        if given is None:
            return None
        options += [f"--{word.option}", word.spell(given)]
    for flag, (field, value) in FLAGS.items():
        word = Word(flag, field, str, str)
        given = word.value_in(scene)
        if given is not None and given != word.value_in(base):
            if given != value:
                return None
            options.append(f"--{flag}")
    return options


def _layers(scene: Scene, base: Scene) -> list[str]:
    options = []
    if scene.volume is None and base.volume is not None:
        options += ["--rendering", NONE]
    elif scene.volume is not None and (base.volume is None or scene.volume.preset != base.volume.preset):
        options += ["--rendering", scene.volume.preset]
    if scene.surfaces != base.surfaces:
        for words in map(spell_surface, scene.surfaces):
            options += ["--surface", words]
        if not scene.surfaces:
            options += ["--surface", NONE]
    for measure in scene.measures:
        options += ["--measure", spell_measure(measure)]
    return options


def _reading(sources: Sources) -> list[str]:
    words = []
    for option in ("series", "overlay", "names", "marks"):
        value = getattr(sources, option)
        if value is not None:
            words += [f"--{option}", value]
    if sources.volume is not None:
        words += ["--volume", spell_number(sources.volume)]
    if sources.spacing is not None:
        words += ["--spacing", spell_point(sources.spacing)]
    if sources.reader != "auto":
        words += ["--reader", sources.reader]
    if sources.marks_by != "auto":
        words += ["--marks-by", sources.marks_by]
    if sources.marks_from is not None:
        words += ["--marks-from", spell_number(sources.marks_from)]
    return words + [f"--{flag}" for flag in ("luminance", "hu") if getattr(sources, flag)]
