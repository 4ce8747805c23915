"""3MF: a zip archive with a model of XML in it, its objects placed by transforms, in a unit of its own."""

from __future__ import annotations

from mmap import mmap
from pathlib import Path

from vizmed.findings import Finding
from vizmed.read.meshes.copies import Copies
from vizmed.read.meshes.frame import Declared, declared_in
from vizmed.read.meshes.meshfile import MeshFile, assemble
from vizmed.read.meshes.threemf.build import placed
from vizmed.read.meshes.threemf.model import parse_model
from vizmed.read.meshes.threemf.package import is_zip, model_text

__all__ = ["is_zip", "read_3mf"]


def read_3mf(data: mmap, path: Path) -> MeshFile:
    """Read a .3mf; each mesh that its build places is a part.

    Raises
    ------
    UnknownFormatError
        If the archive is none of 3MF, or its objects lie in further models.
    DamagedFileError
        If the archive or the model is damaged, or places an object that is not there.
    BudgetError
        If far more comes out of it than is in it.
    """
    findings: list[Finding] = []
    text = model_text(path)
    model = parse_model(text, path)
    said = declared_in(model.metadata, path, findings)
    if model.extensions:
        message = f"it asks for {', '.join(model.extensions)[:200]}"
        findings.append(Finding("content-left-out", "warning", message, path.name, "left out"))
    if model.is_painted:
        findings.append(Finding("colors-left-out", "note", "its triangles are painted", path.name, "left out"))
    loose = placed(model, Copies(path, max(len(data), len(text))), path)
    return assemble("3MF", loose, Declared(said.frame, model.unit, said.offset_mm), findings, path)
