"""Whether a window under X11 was destroyed by someone else, which VTK does not notice: it would wait for ever."""

from __future__ import annotations

import ctypes
from typing import Any

_STRUCTURE_NOTIFY_MASK = 1 << 17
_DESTROY_NOTIFY = 17
_EVENT_BYTES = 24 * ctypes.sizeof(ctypes.c_long)
"""From X.h and Xlib.h."""


def _ignore(_display: int, _error: int) -> int:
    """Stand in for Xlib's own answer to an error, which is to end the process."""
    return 0


_IGNORED = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(_ignore)


class Watch:
    """A connection to the screen of its own that hears when a window is destroyed; elsewhere than under X11 nothing.

    While it is open, errors of X11 do not end the process: what is asked of a window that is gone is one.
    """

    def __init__(self) -> None:
        self._display: int | None = None
        self._is_gone = False

    def follow(self, render_window: Any) -> None:
        """Begin to listen, to a vtkRenderWindow that is on the screen."""
        if render_window.GetClassName() != "vtkXOpenGLRenderWindow":
            return
        try:
            x = ctypes.CDLL("libX11.so.6")
        except OSError:
            return
        x.XOpenDisplay.restype = x.XSetErrorHandler.restype = ctypes.c_void_p
        x.XSetErrorHandler.argtypes = x.XPending.argtypes = x.XCloseDisplay.argtypes = [ctypes.c_void_p]
        x.XSelectInput.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_long]
        x.XNextEvent.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._x = x
        self._display = x.XOpenDisplay(None)
        if self._display:
            self._answer_before = x.XSetErrorHandler(ctypes.cast(_IGNORED, ctypes.c_void_p))
            number = int(render_window.GetGenericWindowId().split("_")[1], 16)  # VTK writes "_0000000000400002_p_void"
            x.XSelectInput(self._display, number, _STRUCTURE_NOTIFY_MASK)

    def is_gone(self) -> bool:
        """Tell whether the window was destroyed."""
        event = ctypes.create_string_buffer(_EVENT_BYTES)
        while self._display and self._x.XPending(self._display):
            self._x.XNextEvent(self._display, event)
            self._is_gone |= ctypes.c_int.from_buffer(event).value == _DESTROY_NOTIFY
        return self._is_gone

    def close(self) -> None:
        """Let go of the screen."""
        if self._display:
            self._x.XCloseDisplay(self._display)
            self._x.XSetErrorHandler(self._answer_before)
            self._display = None
