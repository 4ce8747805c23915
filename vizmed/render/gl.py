"""Whether there is OpenGL to draw with, found out in a child process: without libEGL or libGL, VTK ends the process.

VTK's wheels (9.5 and later) choose at run time between GLX and EGL, by ``VTK_DEFAULT_OPENGL_WINDOW``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from vizmed.errors import DisplayError

_CHOICE = "VTK_DEFAULT_OPENGL_WINDOW"
_OFF_SCREEN = "vtkEGLRenderWindow"
_PATIENCE_S = 60

_ATTEMPT = """
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderer
window = vtkRenderWindow()
window.SetOffScreenRendering(True)
window.SetSize(16, 16)
window.AddRenderer(vtkRenderer())
window.Render()
for line in window.ReportCapabilities().splitlines():
    if line.startswith("OpenGL renderer string:"):
        print(line.partition(":")[2].strip())
"""


@dataclass(frozen=True, slots=True)
class Gl:
    """What draws.

    Parameters
    ----------
    renderer : str
        OpenGL's own name for it.
    window : str
        VTK's render window class for pictures, empty for VTK's own choice.
    """

    renderer: str
    window: str

    @property
    def is_software(self) -> bool:
        """Whether the processor draws, not a graphics card: a hundred times slower."""
        return any(name in self.renderer.lower() for name in ("llvmpipe", "softpipe", "swrast", "swr"))


_started: dict[str, subprocess.Popen[str]] = {}


def start_probe() -> None:
    """Begin to find out, beside other work."""
    for window in _candidates():
        _started.setdefault(window, _attempt(window))
        return


@cache
def require() -> Gl:
    """Give what draws off-screen, and make VTK use it.

    Raises
    ------
    DisplayError
        If nothing draws; it says what to install.
    """
    for window in _candidates():
        renderer = _outcome(_started.pop(window, None) or _attempt(window))
        if renderer:
            if window:
                os.environ[_CHOICE] = window
            return Gl(renderer, window)
    raise DisplayError(
        "OpenGL cannot be used here",
        remedy="On Debian and Ubuntu: apt install libegl1 libgl1 libgl1-mesa-dri. --mode slices needs no OpenGL",
    )


def require_screen() -> None:
    """Refuse where no window can be opened.

    Raises
    ------
    DisplayError
    """
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise DisplayError(
            "there is no display to open a window on (DISPLAY is not set)",
            remedy="vizmed render writes the same picture to a file",
        )


def _candidates() -> tuple[str, ...]:
    if _CHOICE in os.environ or not sys.platform.startswith("linux"):
        return ("",)
    return (_OFF_SCREEN, "") if os.environ.get("DISPLAY") else (_OFF_SCREEN,)


def _attempt(window: str) -> subprocess.Popen[str]:
    environment = dict(os.environ) | ({_CHOICE: window} if window else {})
    return subprocess.Popen(  # noqa: S603 (our own interpreter and text)
        [sys.executable, "-c", _ATTEMPT],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _outcome(attempt: subprocess.Popen[str]) -> str:
    try:
        said, _ = attempt.communicate(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        attempt.kill()
        attempt.communicate()
        return ""
    return (said.strip() or "unknown") if attempt.returncode == 0 else ""
