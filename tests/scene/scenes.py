"""Any scene, for property tests."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from vizmed.scene import (
    BLENDS,
    GRID_PLANES,
    LAYOUTS,
    PROJECTIONS,
    VIEWS,
    Angle,
    Camera,
    Clip,
    OverlayLayer,
    Ruler,
    Scene,
    SliceLayer,
    Sources,
    SurfaceLayer,
    VolumeLayer,
)

numbers = st.floats(-1e6, 1e6, allow_nan=False)
points = st.tuples(numbers, numbers, numbers)
directions = points.filter(any)
positive = st.floats(0.01, 100)
parts = st.floats(0, 1)
colors = st.from_regex("#[0-9a-f]{6}", fullmatch=True)
windows = st.sampled_from(["auto", "file", "bone", "percentiles"]) | st.tuples(st.floats(0.1, 1e4), numbers)
planes = st.lists(st.sampled_from([*GRID_PLANES, "oblique"]), min_size=1, unique=True).map(tuple)

slice_layers = st.builds(
    SliceLayer,
    planes=planes,
    at=st.none() | points,
    window=windows,
    normal=directions,
    slab_mm=st.floats(0, 1000),
    projection=st.sampled_from(PROJECTIONS),
    zoom=positive,
    center=st.none() | points,
    neurological=st.booleans(),
    in_3d=st.just(()) | planes,
    crosshair=st.booleans(),
)
volume_layers = st.builds(
    VolumeLayer,
    preset=st.sampled_from(["auto", "ct-bone", "mr-default"]),
    blend=st.sampled_from(BLENDS),
    opacity=st.floats(0, 100),
    shift=numbers,
    cut=st.booleans(),
    shown=st.booleans(),
)
contents = st.fixed_dictionaries({}) | st.fixed_dictionaries({"preset": st.sampled_from(["bone", "skin"])})
contents |= st.fixed_dictionaries({"level": numbers | st.sampled_from(["otsu", "dark", "mid", "bright"])})
looks = st.fixed_dictionaries(
    {
        "color": st.none() | colors,
        "opacity": parts,
        "smooth": st.integers(0, 1000),
        "cut": st.booleans(),
        "wireframe": st.booleans(),
        "shown": st.booleans(),
    }
)
surface_layers = st.builds(lambda what, look: SurfaceLayer(**what, **look), contents, looks)
upright = st.tuples(numbers, numbers, st.floats(1, 1e6))
cameras = st.sampled_from(VIEWS) | st.builds(
    lambda position, way, up: Camera(position, (position[0] + way, position[1], position[2]), up),
    points,
    st.floats(1e7, 2e7),
    upright,
)
measures = st.builds(Ruler, points, points) | st.builds(Angle, points, points, points)
crops = st.tuples(points, st.tuples(positive, positive, positive)).map(
    lambda ends: (ends[0], tuple(low + size for low, size in zip(*ends, strict=True)))
)

scenes = st.builds(
    Scene,
    layout=st.sampled_from(LAYOUTS),
    slices=slice_layers,
    volume=st.none() | volume_layers,
    surfaces=st.lists(surface_layers, max_size=3).map(tuple),
    overlay=st.builds(OverlayLayer, opacity=parts, colors=st.sampled_from(["heat", "gray"]), window=windows),
    measures=st.lists(measures, max_size=3).map(tuple),
    crop=st.none() | crops,
    clip=st.none() | st.builds(Clip, points, directions),
    camera=cameras,
    zoom=positive,
    size=st.tuples(st.integers(64, 8192), st.integers(64, 8192)),
    background=st.tuples(colors, colors),
    transparent=st.booleans(),
    annotated=st.booleans(),
    table=st.booleans(),
)

scans = st.builds(
    Sources,
    path=st.sampled_from(["scan", "a folder/scan", "/somewhere/it's"]),
    series=st.none() | st.sampled_from(["2", "#1", "1.2.840"]),
    volume=st.none() | st.integers(1, 9),
    spacing=st.none() | st.tuples(positive, positive, positive),
    luminance=st.booleans(),
    hu=st.booleans(),
    reader=st.sampled_from(["auto", "vtk", "pydicom"]),
)
overlays = st.just({}) | st.fixed_dictionaries(
    {"overlay": st.just("labels/map.nii.gz"), "names": st.none() | st.just("totalsegmentator")}
)
mark_files = st.just({}) | st.fixed_dictionaries(
    {
        "marks": st.just("boxes.csv"),
        "marks_by": st.sampled_from(["auto", "index", "uid"]),
        "marks_from": st.sampled_from([None, 0, 1]),
    }
)
sources = st.builds(lambda scan, overlay, marks: replace(scan, **overlay, **marks), scans, overlays, mark_files)
