"""The goals: what vizmed is to reach beside its peers, each with the number that was measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.contest import Facts
from benchmarks.contests import STREAMED, SURFACE
from benchmarks.records import Record, find, share

MESH_BYTES = 30
"""Of each triangle: three numbers of 64 bits, and of its points, which are half as many, three of 32."""

QUANTITIES: dict[str, Callable[[Facts], float | None]] = {
    "time": lambda facts: facts["seconds"],
    "memory": lambda facts: facts["mb"],
    "memory beyond the mesh": lambda facts: facts["mb"] - MESH_BYTES * facts["triangles"] / 1e6,
    "memory, x voxels": lambda facts: share(facts, facts),
    "triangles": lambda facts: facts["triangles"],
    "mean error": lambda facts: facts["mean_mm"],
    "pictures a second": lambda facts: facts["fps"],
}


@dataclass(frozen=True)
class Goal:
    """A number that is to be reached.

    Parameters
    ----------
    number : int
        Of the group of goals.
    contest, data, own : str
        Whose facts: words of contest and data, and vizmed's name there.
    most, least : float, optional
        What the number may be.
    peer : str
        Whose quantity vizmed's is divided by; vizmed's own number counts where it is left out.
    quantity : str
        One of `QUANTITIES`.
    peer_data : str
        On which data the peer is measured, where it is not the same.
    """

    number: int
    contest: str
    data: str
    own: str
    most: float | None = None
    peer: str = ""
    quantity: str = "time"
    least: float | None = None
    peer_data: str = ""

    @property
    def what(self) -> str:
        """The goal in words."""
        name = self.own if self.own.startswith("vizmed") else f"vizmed {self.own}"
        where = f" ({self.data})" if self.data not in {"head", "half", "long"} else ""
        over = f" over {self.peer}" if self.peer and not self.peer_data else ""
        over = " of 512 x 512 x 2048 over 512 x 512 x 512" if self.peer_data else over
        return f"{self.contest}: {self.quantity} of {name}{'' if self.peer_data else where}{over}"

    @property
    def wanted(self) -> str:
        """What the number may be, in words."""
        if self.least == self.most:
            return f"{self.most:g}"
        return f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"

    def measured(self, records: list[Record]) -> float | None:
        """Give the number that was measured; None where one of the two was not."""
        own = self._of(records, self.data, self.own)
        if not self.peer or own is None:
            return own
        peer = self._of(records, self.peer_data or self.data, self.peer)
        return own / peer if peer else None

    def is_met(self, measured: float) -> bool:
        """Tell whether a number is as it should be; one that must be exact to the bit, others as tables show them."""
        if self.least == self.most:
            return measured == self.most
        shown = round(measured, 2)
        return (self.most is None or shown <= self.most) and (self.least is None or shown >= self.least)

    def _of(self, records: list[Record], data: str, name: str) -> float | None:
        facts = find(records, self.contest, data, name)
        return None if facts is None else QUANTITIES[self.quantity](facts)


_READ = ("read", "head", "vizmed.read")
_EXTRACT = ("extract", "head", "extract_surface")
_REDUCE = ("reduce", "half", "vizmed.surface.reduce")
_WHOLE = ("whole", "head", SURFACE)
_TENTH = ("tenth", "long", "vizmed surface")
_LESS = ("VTK script", "dicom2stl", "dcm2niix and nii2mesh")
_STREAM = ("memory", "head", STREAMED)

GOALS = (
    Goal(1, *_READ, 2, "cat"),
    Goal(1, *_READ, 0.15, "vtkDICOMImageReader"),
    Goal(1, *_READ, 0.06, "SimpleITK"),
    Goal(1, *_READ, 0.17, "dcm2niix, to .nii"),
    Goal(1, *_READ, 1.05, quantity="memory, x voxels"),
    Goal(2, "compressed", "jpeg-lossless", "vizmed.read", 0.30, "SimpleITK"),
    Goal(2, "compressed", "jpeg-ls", "vizmed.read", 0.35, "SimpleITK"),
    Goal(2, "compressed", "jpeg-2000", "vizmed.read", 0.80, "SimpleITK"),
    Goal(2, "nii.gz", ".nii.gz", "vizmed.read", 0.65, "SimpleITK"),
    Goal(2, "nii", ".nii", "vizmed.read", 0.3, "vtkNIFTIImageReader"),
    Goal(2, "nrrd", ".nrrd", "vizmed.read", 0.3, "vtkNrrdReader"),
    Goal(2, "mha", ".mha", "vizmed.read", 0.3, "vtkMetaImageReader"),
    Goal(3, *_EXTRACT, 0.5, "pyvista, flying edges"),
    Goal(3, *_EXTRACT, 0.13, "vtkMarchingCubes"),
    Goal(3, *_EXTRACT, 0.10, "scikit-image"),
    Goal(3, "largest", "head", "keep_largest", 0.25, "vtkPolyDataConnectivityFilter"),
    Goal(3, *_REDUCE, 0.4, "fast-simplification"),
    Goal(3, *_REDUCE, 1, "fast-simplification", "mean error"),
    Goal(3, "stl", "head", "write_surface", 0.3, "vtkSTLWriter"),
    Goal(3, "ply", "head", "write_surface", 0.5, "meshio"),
    Goal(3, "glb", "head", "write_surface", 0.5, "trimesh"),
    Goal(4, *_WHOLE, 0.3, "VTK script"),
    Goal(4, *_WHOLE, 0.15, "dicom2stl"),
    Goal(4, *_WHOLE, 0.06, "dcm2niix and nii2mesh"),
    *(Goal(4, *_WHOLE, 1, peer, "memory") for peer in _LESS),
    Goal(4, *_TENTH, 0.17, "dcm2niix and nii2mesh"),
    Goal(4, *_TENTH, 0.08, "pyvista script"),
    Goal(5, "picture-slices", "long", "vizmed render --mode slices", 0.2, "pyvista script"),
    Goal(5, "picture-surface", "long", "vizmed render --mode surface", 0.35, "pyvista script"),
    Goal(5, "picture-volume", "long", "vizmed render --mode volume", 0.5, "pyvista script"),
    Goal(5, "turning-surface", "half", "vizmed", quantity="pictures a second", least=10),
    Goal(5, "turning-volume", "long", "vizmed", quantity="pictures a second", least=10),
    Goal(6, "start", "head", "vizmed --help", 0.25),
    Goal(6, "start", "head", "vizmed --help", 0.5, "import pyvista"),
    Goal(6, "start", "head", "vizmed info", 0.5),
    Goal(7, *_STREAM, 1, SURFACE, "triangles", least=1),
    Goal(7, *_STREAM, 0.5, "VTK script", "memory"),
    Goal(7, *_STREAM, 1.5, "VTK script"),
    Goal(7, "growth", "growing-5", STREAMED, 1.25, STREAMED, "memory beyond the mesh", peer_data="growing-4"),
    Goal(7, "growth", "growing-5", STREAMED, 5, STREAMED, peer_data="growing-4"),
    Goal(7, "growth", "growing-5", "vizmed.read", 5, "vizmed.read", peer_data="growing-4"),
    Goal(7, "growth", "growing-5", SURFACE, 5, SURFACE, peer_data="growing-4"),
    Goal(7, "growth", "growing-5", SURFACE, 5, SURFACE, "memory", peer_data="growing-4"),
)
"""For 512 x 512 x 512 voxels. From there to 512 x 512 x 2048 four times the time and memory is linear; five, nearly."""
