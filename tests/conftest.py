"""Real data where it is there, and an ear for VTK's own error output."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vizmed.sample import make_sample, write_sample
from vizmed.volume import Volume

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_finish() -> None:
    """Let Python's search for garbage, which some tests ask for, pass over the tests themselves."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Give the path of a folder of real data, or skip the test where it is not there."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"real data is not here: {path}")
        return path

    return find


@pytest.fixture(autouse=True)
def silent_vtk() -> Iterator[list[str]]:
    """Fail a test during which VTK warns or complains; a test that means it to empties the list."""
    heard: list[str] = []
    window = _listen(heard) if "vtkmodules.vtkCommonCore" in sys.modules else None
    yield heard
    if window is not None:
        window.RemoveAllObservers()
    assert not heard, f"VTK said: {heard}"


def _listen(heard: list[str]) -> object:
    """Let VTK's output window write to a list; where VTK is imported later in a test, that test goes unheard."""
    from vtkmodules.vtkCommonCore import vtkOutputWindow, vtkStringOutputWindow

    window = vtkStringOutputWindow()
    vtkOutputWindow.SetInstance(window)

    def note(_caller: object, event: str, text: str = "") -> None:
        heard.append(f"{event}: {text}")

    note.CallDataType = "string0"  # type: ignore[attr-defined]
    window.AddObserver("ErrorEvent", note)
    window.AddObserver("WarningEvent", note)
    return window


@pytest.fixture(scope="session")
def sample_head() -> Volume:
    """Give the synthetic head, small."""
    return make_sample(size=64)


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a DICOM series of the synthetic head, smaller still."""
    folder = tmp_path_factory.mktemp("sample") / "head"
    write_sample(folder, size=48)
    return folder
