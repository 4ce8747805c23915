"""Whether there is OpenGL to draw with, found out in a child process: without libEGL or libGL, VTK ends the process.

VTK's wheels (9.5 and later) choose at run time between GLX and EGL, by ``VTK_DEFAULT_OPENGL_WINDOW``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

from vizmed.errors import DisplayError

_CHOICE = "VTK_DEFAULT_OPENGL_WINDOW"
_WITHOUT_SCREEN = "vtkEGLRenderWindow"
_PATIENCE_S = 60
_ON_LINUX = sys.platform.startswith("linux")

_ATTEMPT = """
import sys
sys.modules["numpy"] = None  # VTK draws without it, and importing it takes as long as drawing
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderer
window = vtkRenderWindow()
window.SetOffScreenRendering(True)
window.SetSize(16, 16)
window.AddRenderer(vtkRenderer())
window.Render()
renderer = [line for line in window.ReportCapabilities().splitlines() if line.startswith("OpenGL renderer string:")]
print(window.GetClassName(), renderer[0].partition(":")[2].strip() if renderer else "", sep="\\t")
"""

_REMEDY = "On Debian and Ubuntu: apt install libegl1 libgl1 libgl1-mesa-dri. --mode slices needs no OpenGL"


@dataclass(frozen=True, slots=True)
class Gl:
    """What draws.

    Parameters
    ----------
    window : str
        VTK's render window class.
    renderer : str
        OpenGL's own name for what draws.
    """

    window: str
    renderer: str

    @property
    def is_software(self) -> bool:
        """Whether the processor draws and not a graphics card, which takes far longer."""
        return _names_processor(self.renderer)


def is_drawn_by_processor(window: Any) -> bool:
    """Tell whether the processor draws a render window that has drawn already, and not a graphics card."""
    lines = window.ReportCapabilities().splitlines()
    return _names_processor("".join(line for line in lines if line.startswith("OpenGL renderer string:")))


def _names_processor(renderer: str) -> bool:
    return any(name in renderer.lower() for name in ("llvmpipe", "softpipe", "swrast"))


_started: dict[str, subprocess.Popen[str]] = {}


def start_probe() -> None:
    """Begin to find out what `require` asks, beside other work."""
    choice = _choices(on_screen=False)[0]
    if choice not in _started and not _find.cache_info().currsize:
        _started[choice] = _attempt(choice)


def require(*, on_screen: bool = False) -> Gl:
    """Give what draws, for a window or for pictures, and make VTK use it.

    Raises
    ------
    DisplayError
        If nothing draws, or there is no screen for a window; it says what to install or to use instead.
    """
    if on_screen:
        _require_display()
        if os.environ.get(_CHOICE) == _WITHOUT_SCREEN:  # an earlier picture's choice, with which no window opens
            del os.environ[_CHOICE]
    choice, found = _find(on_screen=on_screen)
    if choice:
        os.environ[_CHOICE] = choice
    return found


@cache
def _find(*, on_screen: bool) -> tuple[str, Gl]:
    for choice in _choices(on_screen=on_screen):
        found = _outcome(_started.pop(choice) if choice in _started else _attempt(choice))
        if found is None or (on_screen and found.window == _WITHOUT_SCREEN):
            continue
        return choice, found
    if on_screen:
        raise DisplayError(
            f"no window with OpenGL can be opened on DISPLAY {os.environ.get('DISPLAY', '')}",
            remedy=f"vizmed render writes the same picture to a file. {_REMEDY}",
        )
    raise DisplayError("OpenGL cannot be used here", remedy=_REMEDY)


def _require_display() -> None:
    if _ON_LINUX and not os.environ.get("DISPLAY"):
        raise DisplayError(
            "there is no display to open a window on (DISPLAY is not set)",
            remedy="vizmed render writes the same picture to a file",
        )


def _choices(*, on_screen: bool) -> tuple[str, ...]:
    if on_screen or _CHOICE in os.environ or not _ON_LINUX:
        return ("",)
    return (_WITHOUT_SCREEN, "") if os.environ.get("DISPLAY") else (_WITHOUT_SCREEN,)


def _attempt(choice: str) -> subprocess.Popen[str]:
    environment = dict(os.environ) | ({_CHOICE: choice} if choice else {})
    return subprocess.Popen(  # noqa: S603 (our own interpreter and text)
        [sys.executable, "-c", _ATTEMPT],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _outcome(attempt: subprocess.Popen[str]) -> Gl | None:
    try:
        said, _ = attempt.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        attempt.kill()
        attempt.communicate()
        return None
    window, tab, renderer = said.strip().partition("\t")
    return Gl(window, renderer) if attempt.returncode == 0 and tab else None
