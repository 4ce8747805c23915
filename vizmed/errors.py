"""Every exception that vizmed raises, under one root.

Each one is also the built-in that a caller would expect, and says what was found, where, and what to do::

    VizmedError
    ├── ReadError (OSError)              a file or folder that could not be read truthfully
    │   ├── UnknownFormatError           nothing in it that vizmed knows
    │   ├── DamagedFileError             its header promises what its bytes do not hold
    │   ├── UnsafePathError              it points outside its own folder
    │   ├── SeriesChoiceError            several volumes, and none or more than one was meant
    │   ├── IrregularStackError          slices that make no regular grid
    │   └── CodecError                   pixels that no decoder here can decode
    ├── GeometryError (ValueError)       a shape or an affine that is no grid in space
    ├── OptionError (ValueError)         an argument that names nothing vizmed has
    ├── EmptySurfaceError (ValueError)   a level that no voxel reaches, or all do
    ├── WriteError (OSError)             a file that was not written
    ├── MissingExtraError (ImportError)  a library that is installed on request
    ├── DisplayError (RuntimeError)      no screen, or no OpenGL
    └── BudgetError (MemoryError)        a size that the machine or the caller's budget cannot hold
"""

from __future__ import annotations

from pathlib import Path


class VizmedError(Exception):
    """Root of vizmed's exceptions.

    Parameters
    ----------
    found : str
        What was found, in one sentence without a full stop.
    where : str or pathlib.Path, optional
        The file, folder or field that it was found in.
    remedy : str, optional
        What the reader of the message can do.
    """

    def __init__(self, found: str, *, where: str | Path | None = None, remedy: str | None = None):
        self.found = found
        self.where = None if where is None else str(where)
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{place}{self.found}{remedy}"


class ReadError(VizmedError, OSError):
    """A file or folder could not be read truthfully."""


class UnknownFormatError(ReadError):
    """Nothing in the file or folder is of a format that vizmed knows."""


class DamagedFileError(ReadError):
    """A header promises what the bytes of the file do not hold."""


class UnsafePathError(ReadError):
    """A header points outside the folder that it lies in."""


class SeriesChoiceError(ReadError):
    """There are several volumes, and the choice fits none or more than one of them."""


class IrregularStackError(ReadError):
    """The slices do not make a regular grid."""


class CodecError(ReadError):
    """No decoder here can decode the pixels."""


class GeometryError(VizmedError, ValueError):
    """A shape or an affine does not describe a grid in space."""


class OptionError(VizmedError, ValueError):
    """An argument names nothing that vizmed has."""


class EmptySurfaceError(VizmedError, ValueError):
    """The level lies outside the values of the volume."""


class WriteError(VizmedError, OSError):
    """A file was not written."""


class MissingExtraError(VizmedError, ImportError):
    """A library that is only installed on request is not there."""


class DisplayError(VizmedError, RuntimeError):
    """There is no screen, or no OpenGL to draw with."""


class BudgetError(VizmedError, MemoryError):
    """A size is more than the machine or the caller's budget can hold."""
