"""Who takes part in what: vizmed first."""

from __future__ import annotations

from functools import partial

from benchmarks import reading, scripts, surfaces, turning, writing
from benchmarks.contest import LEVEL, VALUE, Contest, Contestant, Prepare
from benchmarks.data import FILES, GROWING, NAMES
from benchmarks.processes import cohort, nii2mesh, process, vizmed_needing

_SURFACE = ("FOLDER", "-o", "OUT.stl")
_FULL = ("-m", "vizmed", "surface", *_SURFACE, "--max-error", "0")
_STREAMED = partial(vizmed_needing, "--max-memory", "surface", *_SURFACE, "--max-error", "0", "--max-memory")
_AS_IT_IS = ("--disable", "shrink", "--smooth", "0", "--reduce", "0", "--clean-small", "0")
_DICOM2STL = ("-c", scripts.DICOM2STL, "-i", str(VALUE))


def _whole(prepare: Prepare, *, own: bool = False, apart: bool = False) -> Contestant:
    return Contestant(prepare, own=own, apart=apart, cold=True)


SURFACE, STREAMED = "vizmed surface --max-error 0", "vizmed surface --max-error 0 --max-memory 400MB"
VTK = _whole(process("-c", scripts.VTK, "FOLDER", "OUT.stl"))


def _compressed() -> dict[str, Contestant]:
    return {
        "vizmed.read": Contestant(reading.with_vizmed, own=True),
        "SimpleITK": Contestant(reading.with_simpleitk),
        "pydicom and GDCM": Contestant(reading.with_pydicom),
        "dcm2niix, to .nii": Contestant(reading.with_dcm2niix),
    }


def _file(ending: str) -> dict[str, Contestant]:
    vtk = {".mha": "vtkMetaImageReader", ".nrrd": "vtkNrrdReader"}.get(ending, "vtkNIFTIImageReader")
    peers = {"SimpleITK": reading.file_with_simpleitk, vtk: partial(reading.file_with_vtk, reader=vtk)}
    if ending.startswith(".nii"):
        peers["nibabel"] = reading.file_with_nibabel
    if ending == ".nrrd":
        peers["pynrrd"] = reading.file_with_pynrrd
    own = {"vizmed.read": Contestant(reading.with_vizmed, own=True)}
    return own | {name: Contestant(prepare) for name, prepare in peers.items()}


_WRITERS = {
    "stl": {
        "vtkSTLWriter": writing.with_vtk_stl,
        "pyvista save": writing.with_pyvista,
        "numpy-stl": writing.with_numpy_stl,
        "trimesh": writing.with_trimesh,
        "meshio": writing.with_meshio,
        "Open3D": writing.with_open3d,
    },
    "ply": {
        "vtkPLYWriter": writing.with_vtk_ply,
        "pyvista save": writing.with_pyvista,
        "trimesh": writing.with_trimesh,
        "meshio": writing.with_meshio,
        "Open3D": writing.with_open3d,
    },
    "glb": {"trimesh": writing.with_trimesh, "Open3D": writing.with_open3d},
}


def _written(ending: str) -> dict[str, Contestant]:
    own = {"write_surface": Contestant(writing.writing(writing.with_vizmed, f".{ending}"), own=True)}
    peers = _WRITERS[ending].items()
    return own | {name: Contestant(writing.writing(prepare, f".{ending}")) for name, prepare in peers}


def _picture(mode: str, script: str, *options: str) -> Contest:
    words = ("FOLDER", "-o", "OUT.png", "--mode", mode, "--size", "1024x1024", *options)
    contestants = {
        f"vizmed render --mode {mode}": _whole(process("-m", "vizmed", "render", *words), own=True),
        "pyvista script": _whole(process("-c", script, "FOLDER", "OUT.png")),
    }
    return Contest(f"Folder to a picture of the {mode}, whole process", ("long",), contestants, slow=True)


def _turning(mode: str, data: str) -> Contest:
    contestants = {
        "vizmed": Contestant(partial(turning.with_vizmed, mode=mode), own=True, cold=True),
        "pyvista": Contestant(partial(turning.with_pyvista, mode=mode), cold=True),
    }
    return Contest(f"Turning a {mode}, one picture", (data,), contestants, slow=True)


CONTESTS: dict[str, Contest] = {
    "read": Contest(
        "DICOM series to an ordered array",
        ("head",),
        {
            "vizmed.read": Contestant(reading.with_vizmed, own=True),
            "vizmed.read, reader=vtk": Contestant(partial(reading.with_vizmed, reader="vtk"), own=True),
            "cat": Contestant(reading.with_cat),
            "bytes into one buffer": Contestant(reading.into_one_buffer),
            "bytes into fresh memory, all cores": Contestant(reading.into_fresh_memory),
            "vtkDICOMImageReader": Contestant(reading.with_vtk),
            "pyvista": Contestant(reading.with_pyvista),
            "SimpleITK": Contestant(reading.with_simpleitk),
            "itk": Contestant(reading.with_itk),
            "pydicom": Contestant(reading.with_pydicom),
            "dicom-numpy": Contestant(reading.with_dicom_numpy),
            "dcm2niix, to .nii": Contestant(reading.with_dcm2niix),
            "dicom2nifti, to .nii": Contestant(reading.with_dicom2nifti),
        },
        real=("thorax-ct", "head-mr"),
    ),
    "compressed": Contest(
        "Compressed series to an ordered array", tuple(NAMES), _compressed(), real=("abdomen-ct-j2k",)
    ),
    **{ending[1:]: Contest(f"{ending} to an array", (ending,), _file(ending)) for ending in FILES},
    "extract": Contest(
        "Array to bone surface",
        ("head",),
        {
            "extract_surface": Contestant(partial(surfaces.with_vizmed, closed=True), own=True, apart=True),
            "extract_surface, open": Contestant(partial(surfaces.with_vizmed, closed=False), own=True),
            "vtkFlyingEdges3D": Contestant(partial(surfaces.with_vtk, name="vtkFlyingEdges3D")),
            "vtkFlyingEdges3D, all cores": Contestant(
                partial(surfaces.with_vtk, name="vtkFlyingEdges3D", threads=True)
            ),
            "pyvista, flying edges": Contestant(partial(surfaces.with_pyvista, **surfaces.PYVISTA_AT_ITS_BEST)),
            "pyvista": Contestant(surfaces.with_pyvista),
            "vedo": Contestant(surfaces.with_vedo),
            "vtkMarchingCubes": Contestant(partial(surfaces.with_vtk, name="vtkMarchingCubes")),
            "scikit-image": Contestant(surfaces.with_scikit_image, apart=True),
            "PyMCubes": Contestant(surfaces.with_pymcubes, apart=True),
        },
        real=("thorax-ct",),
    ),
    "largest": Contest(
        "Surface to its largest piece",
        ("head",),
        {
            "keep_largest": Contestant(surfaces.largest_with_vizmed, own=True),
            "vtkPolyDataConnectivityFilter": Contestant(surfaces.largest_with_vtk),
            "pyvista": Contestant(surfaces.largest_with_pyvista),
            "Open3D": Contestant(surfaces.largest_with_open3d),
        },
    ),
    "reduce": Contest(
        "Surface to a tenth of its triangles",
        ("half",),
        {
            "vizmed.surface.reduce": Contestant(surfaces.tenth_with_vizmed, own=True, apart=True),
            "fast-simplification": Contestant(surfaces.tenth_with_fast_simplification, apart=True),
            "pyvista decimate": Contestant(partial(surfaces.tenth_with_pyvista, name="decimate"), apart=True),
            "pyvista decimate_pro": Contestant(partial(surfaces.tenth_with_pyvista, name="decimate_pro"), apart=True),
            "Open3D": Contestant(surfaces.tenth_with_open3d, apart=True),
        },
        slow=True,
    ),
    **{ending: Contest(f"Surface to {ending.upper()}", ("head",), _written(ending)) for ending in _WRITERS},
    "whole": Contest(
        "Folder to bone STL, whole process",
        ("head",),
        {
            SURFACE: _whole(process(*_FULL), own=True, apart=True),
            "the same, --open-border": _whole(process(*_FULL, "--open-border"), own=True),
            "VTK script": VTK,
            "SimpleITK and VTK script": _whole(process("-c", scripts.SIMPLEITK_AND_VTK, "FOLDER", "OUT.stl")),
            "pyvista script": _whole(process("-c", scripts.PYVISTA, "FOLDER", "OUT.stl")),
            "vedo script": _whole(process("-c", scripts.VEDO, "FOLDER", "OUT.stl")),
            "SimpleITK, scikit-image, numpy-stl": _whole(
                process("-c", scripts.SIMPLEITK_AND_SCIKIT_IMAGE, "FOLDER", "OUT.stl"), apart=True
            ),
            "dicom2stl": _whole(process(*_DICOM2STL, *_AS_IT_IS, "-o", "OUT.stl", "FOLDER"), apart=True),
            "dcm2niix and nii2mesh": _whole(nii2mesh("-l", "0", "-p", "0", "-s", "0", "-r", "1"), apart=True),
        },
        slow=True,
        real=("thorax-ct",),
    ),
    "tenth": Contest(
        "Folder to bone STL, largest piece, smooth, a tenth of the triangles, whole process",
        ("long",),
        {
            "vizmed surface": _whole(
                process("-m", "vizmed", "surface", *_SURFACE, "--largest", "--smooth", "20", "--reduce", "0.9"),
                own=True,
                apart=True,
            ),
            "vizmed surface, all as it comes": _whole(
                process("-m", "vizmed", "surface", *_SURFACE), own=True, apart=True
            ),
            "SimpleITK and VTK script": _whole(
                process("-c", scripts.SIMPLEITK_AND_VTK, "FOLDER", "OUT.stl", "TENTH"), apart=True
            ),
            "pyvista script": _whole(process("-c", scripts.PYVISTA, "FOLDER", "OUT.stl", "TENTH"), apart=True),
            "dicom2stl, a quarter of the voxels": _whole(process(*_DICOM2STL, "-o", "OUT.stl", "FOLDER"), apart=True),
            "dcm2niix and nii2mesh": _whole(nii2mesh("-l", "1", "-s", "20", "-r", "0.1"), apart=True),
        },
        slow=True,
        real=("thorax-ct",),
    ),
    "picture-slices": _picture("slices", scripts.PYVISTA_SLICES, "--layout", "slices"),
    "picture-surface": _picture("surface", scripts.PYVISTA_SURFACE),
    "picture-volume": _picture("volume", scripts.PYVISTA_VOLUME),
    "turning-surface": _turning("surface", "half"),
    "turning-volume": _turning("volume", "long"),
    "start": Contest(
        "Start, whole process",
        ("head",),
        {
            "vizmed --help": _whole(process("-m", "vizmed", "--help"), own=True),
            "vizmed info": _whole(process("-m", "vizmed", "info", "FOLDER"), own=True),
            "import pyvista": _whole(process("-c", "import pyvista")),
        },
    ),
    "memory": Contest(
        "Folder to bone STL in little memory, whole process",
        ("head",),
        {
            SURFACE: _whole(process(*_FULL), own=True, apart=True),
            STREAMED: _whole(_STREAMED("400MB"), own=True, apart=True),
            "VTK script": VTK,
        },
        slow=True,
    ),
    "growth": Contest(
        "From small to large",
        GROWING,
        {
            SURFACE: _whole(process(*_FULL), own=True, apart=True),
            STREAMED: _whole(_STREAMED("400MB"), own=True, apart=True),
            "VTK script": VTK,
            "vizmed.read": Contestant(reading.with_vizmed, own=True, apart=True),
        },
        slow=True,
    ),
    "micro": Contest(
        "Micro-CT to STL, whole process",
        ("micro",),
        {"vizmed surface --max-error 0": _whole(process(*_FULL, "--level", str(LEVEL)), own=True, apart=True)},
        slow=True,
        asked_for=True,
        written=0.3,
    ),
    "cohort": Contest(
        "Scans of a cohort, one after another",
        ("half",),
        {
            "vizmed info": _whole(cohort("-m", "vizmed", "info", "FOLDER"), own=True),
            SURFACE: _whole(cohort(*_FULL), own=True),
            "VTK script": _whole(cohort("-c", scripts.VTK, "FOLDER", "OUT.stl")),
        },
        slow=True,
    ),
}
"""Word to contest."""
