"""`vizmed convert`: a volume in another format."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from vizmed.cli.options import Output, Overwrite, Reading, Source, Telling, read_source
from vizmed.cli.telling import progress, tell


def convert(
    source: Source,
    /,
    *,
    output: Output,
    compressed: Annotated[bool, Parameter(negative="", help="Compress the voxels, without loss.")] = False,
    overwrite: Overwrite = False,
    reading: Reading = Reading(),
    telling: Telling = Telling(),
) -> None:
    """Write a scan as MetaImage (.mha, .mhd).

    A .mha is one file, a .mhd a header with its data beside it.
    """
    from vizmed.write import VOLUME_ENDINGS, write_volume
    from vizmed.write.atomic import check_target
    from vizmed.write.picture import check_ending

    check_ending(output, VOLUME_ENDINGS, "volumes")
    check_target(output, overwrite=overwrite)
    volume = read_source(source, reading, telling)
    with progress(f"writing {output}", quiet=telling.quiet):
        files = write_volume(volume, output, compressed=compressed, overwrite=overwrite)
    columns, rows, slices = volume.shape
    for file in files:
        tell(f"{file}: {file.stat().st_size:,} bytes")
    tell(f"{columns} x {rows} x {slices} voxels of {volume.voxels.dtype}")
