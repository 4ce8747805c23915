"""What cleaning a volume before its surface is taken gives: another volume, and a sentence about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vizmed.findings import Finding
from vizmed.volume import Volume, Voxels


@dataclass(frozen=True, slots=True, eq=False)
class Cleaned:
    """A volume made ready for its surface.

    Parameters
    ----------
    volume : Volume
        The very same object where there was nothing to do.
    done : Finding
        What was done, with the numbers; ``str(done)`` is a sentence. A warning where it could not be done.
    level : float, optional
        Where the surface lies now, in the values of the volume; None where it lies at the level that it lay at.
    """

    volume: Volume
    done: Finding
    level: float | None = None


def cleaned(volume: Volume, done: Finding, *, level: float | None = None, **changed: Any) -> Cleaned:
    """Change some fields of a volume, and note in its provenance what was done."""
    provenance = replace(volume.provenance, findings=(*volume.provenance.findings, done))
    return Cleaned(replace(volume, provenance=provenance, **changed), done, level)


def is_hidden(values: Voxels, padding: float | None) -> NDArray[np.bool_]:
    """Whether values are padding, or no finite numbers: they lie outside of every surface."""
    hidden = ~np.isfinite(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    return hidden if padding is None else hidden | (values == padding)
