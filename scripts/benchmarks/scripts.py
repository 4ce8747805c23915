"""What somebody writes who has VTK, SimpleITK, PyVista or vedo: whole scripts, as their tutorials have them.

Each is given a folder and the file to write, and a third word where it is to make a tenth of the triangles.
"""

from __future__ import annotations

from benchmarks.contest import VALUE

VTK = f"""
import sys, vtk
reader, surface, writer = vtk.vtkDICOMImageReader(), vtk.vtkFlyingEdges3D(), vtk.vtkSTLWriter()
reader.SetDirectoryName(sys.argv[1])
surface.SetInputConnection(reader.GetOutputPort())
surface.SetValue(0, {VALUE})
writer.SetInputConnection(surface.GetOutputPort())
writer.SetFileTypeToBinary()
writer.SetFileName(sys.argv[2])
writer.Write()
"""

SIMPLEITK_AND_VTK = f"""
import sys, vtk, SimpleITK
from vtkmodules.util.numpy_support import numpy_to_vtk
series = SimpleITK.ImageSeriesReader()
series.SetFileNames(series.GetGDCMSeriesFileNames(sys.argv[1]))
read = series.Execute()
image, surface, writer = vtk.vtkImageData(), vtk.vtkFlyingEdges3D(), vtk.vtkSTLWriter()
image.SetDimensions(read.GetSize())
image.SetSpacing(read.GetSpacing())
values = SimpleITK.GetArrayViewFromImage(read)
image.GetPointData().SetScalars(numpy_to_vtk(values.ravel()))
surface.SetInputData(image)
surface.SetValue(0, {VALUE})
last = surface
if sys.argv[3:]:
    pieces, smooth, fewer = (
        vtk.vtkPolyDataConnectivityFilter(), vtk.vtkWindowedSincPolyDataFilter(), vtk.vtkDecimatePro()
    )
    pieces.SetExtractionModeToLargestRegion()
    fewer.SetTargetReduction(0.9)
    fewer.PreserveTopologyOn()
    for step in (pieces, smooth, fewer):
        step.SetInputConnection(last.GetOutputPort())
        last = step
writer.SetInputConnection(last.GetOutputPort())
writer.SetFileTypeToBinary()
writer.SetFileName(sys.argv[2])
writer.Write()
"""

SIMPLEITK_AND_SCIKIT_IMAGE = f"""
import sys, numpy, SimpleITK
from skimage.measure import marching_cubes
from stl.mesh import Mesh
image = SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(sys.argv[1]))
values, spacing = SimpleITK.GetArrayViewFromImage(image), image.GetSpacing()[::-1]
points, triangles, _, _ = marching_cubes(values, {VALUE}, spacing=spacing)
mesh = Mesh(numpy.zeros(len(triangles), Mesh.dtype))
mesh.vectors[:] = points[triangles][:, :, ::-1]
mesh.save(sys.argv[2])
"""

PYVISTA = f"""
import sys, pyvista
surface = pyvista.DICOMReader(sys.argv[1]).read().contour([{VALUE}])
if sys.argv[3:]:
    surface = surface.extract_largest().smooth_taubin().decimate(0.9)
surface.save(sys.argv[2])
"""

VEDO = f"""
import sys, vedo
vedo.load(sys.argv[1]).isosurface({VALUE}).write(sys.argv[2])
"""

DICOM2STL = "from dicom2stl.Dicom2STL import main; main()"

SIZE = (1024, 1024)
"""Pixels of every picture."""

_PICTURE = f"""
import sys, pyvista
grid = pyvista.DICOMReader(sys.argv[1]).read()
plotter = pyvista.Plotter(off_screen=True, window_size={SIZE})
%s
plotter.screenshot(sys.argv[2])
"""

PYVISTA_SLICES = _PICTURE % 'plotter.add_mesh(grid.slice_orthogonal(), cmap="gray")'
PYVISTA_SURFACE = _PICTURE % f"plotter.add_mesh(grid.contour([{VALUE}]))"
PYVISTA_VOLUME = _PICTURE % 'plotter.add_volume(grid, cmap="bone", opacity="sigmoid", shade=True)'
