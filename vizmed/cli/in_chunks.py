"""A scan that is read in chunks: where its surface asks for no more, or all of it would take more than is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vizmed.budget import READING, meant_for, parse_size, spell_size
from vizmed.cli.needs import SURFACE
from vizmed.cli.options import Reading, Source, Telling, in_hu, read_source, words_for_readers
from vizmed.cli.telling import progress, tell_findings
from vizmed.errors import BudgetError
from vizmed.findings import Finding
from vizmed.scene.parse import parsed

if TYPE_CHECKING:
    from vizmed.chunked import Chunked
    from vizmed.surface import Recipe
    from vizmed.volume import Volume

LAYERS = 6
"""How many layers of slices there is room for beside a mesh: one that is contoured, its marks and net, the next one."""


def whole_or_chunks(
    source: Source, reading: Reading, telling: Telling, recipe: Recipe | None = None
) -> Volume | Chunked:
    """Read a scan that a surface is to be made of; or open it, to be read while the surface is made.

    It is opened where the recipe looks at each voxel but once, which takes less memory and no more time, and where
    ``--max-memory`` allows less than all of it takes.

    Parameters
    ----------
    source, reading, telling
        As the command is given them.
    recipe : Recipe, optional
        Of the surface. None where the voxels are asked for again, later.

    Raises
    ------
    OptionError
        For what is no size.
    IrregularStackError
        With ``--strict``, if something had to be repaired or assumed.
    BudgetError
        If not even a few slices fit; or if all of it is needed at once, as of packed files, and does not.
    """
    from vizmed.read import refuse_warnings
    from vizmed.read.chunks import open_chunks
    from vizmed.surface.make import needs_whole

    most = parsed(parse_size, reading.max_memory)
    in_layers = None if recipe is None or needs_whole(recipe) else recipe
    if most is None and in_layers is None:
        return read_source(source, reading, telling, SURFACE)
    need = SURFACE if most is None else READING
    with progress(f"reading {source}", quiet=telling.quiet), meant_for(need, most):
        chunks = open_chunks(source, **words_for_readers(reading))
    chunks = replace(chunks, like=in_hu(chunks.like, reading))
    fits = most is None or SURFACE.bytes_of(chunks.nbytes) <= most
    is_whole = chunks.like.shape == chunks.shape
    streams = not fits or (in_layers is not None and not is_whole and _looks_once(in_layers, chunks))
    if not (streams or is_whole):
        return read_source(source, reading, telling, SURFACE)
    if reading.strict:
        refuse_warnings(chunks.like, source)
    if not fits and most is not None:
        chunks = replace(chunks, most_slices=_most_slices(chunks, source, most))
    tell_findings(chunks.like.provenance.findings, quiet=telling.quiet)
    return chunks if streams else chunks.like


def _looks_once(recipe: Recipe, chunks: Chunked) -> bool:
    """Whether no voxel is asked for twice: for a level that is to be found, or the next lower of real values."""
    is_said = recipe.band is not None or isinstance(recipe.level, float)
    default_is_known = recipe.level is None and chunks.like.unit == "HU"
    return chunks.dtype.kind in "iu" and (is_said or default_is_known)


def overrun(triangles: int, bytes_each: int, max_memory: str | None, remedy: str) -> list[Finding]:
    """Notice that so many triangles take more memory than is allowed: how many there are no header says."""
    most = parsed(parse_size, max_memory)
    needed = SURFACE.beyond + triangles * bytes_each
    if most is None or needed <= most:
        return []
    words = f"{triangles:,} triangles take about {spell_size(needed)} of memory, and {spell_size(most)} are allowed"
    return [Finding("memory", "warning", words, remedy=remedy)]


def _most_slices(chunks: Chunked, source: Source, most: int) -> int:
    """Give how many slices at a time there is room for.

    Raises
    ------
    BudgetError
        If that is too few to make a layer.
    """
    from vizmed.surface.contour.layers import FEWEST

    for_each = LAYERS * chunks.nbytes // chunks.shape[2]
    slices = (most - SURFACE.beyond) // for_each
    if slices < FEWEST:
        raise BudgetError(
            f"{FEWEST} of its slices at a time take about {spell_size(SURFACE.beyond + FEWEST * for_each)} of memory, "
            f"beside the mesh, and {spell_size(most)} are allowed",
            where=source,
            remedy="Allow more",
        )
    return slices
