"""A real window on a virtual screen: keys and the mouse are driven by xdotool, and the scene is asked for by F3."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from vizmed.render import gl
from vizmed.scene import Scene
from vizmed.scene.file import read_scene

WIDTH, HEIGHT = 640, 480
PATIENCE_S = 30
NEEDED = {"Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick"}


@contextmanager
def virtual_screen() -> Iterator[dict[str, str]]:
    """Start a virtual screen, and give the environment that leads to it."""
    if not sys.platform.startswith("linux"):
        pytest.skip("a virtual screen is Linux'")
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    assert not missing, f"apt install {' '.join(missing)}: these tests press keys in a real window on a virtual screen"
    ours, theirs = os.pipe()
    command = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "900x700x24", "-nolisten", "tcp"]
    command.append("-noreset")  # else it starts anew, and drops who connects meanwhile, when its last client leaves
    server = subprocess.Popen(command, pass_fds=[theirs], stderr=subprocess.DEVNULL)
    os.close(theirs)
    with os.fdopen(ours) as number:
        display = f":{number.readline().strip()}"
    # an off-screen picture in this process has chosen EGL for itself
    yield {**{name: value for name, value in os.environ.items() if name != gl._CHOICE}, "DISPLAY": display}
    server.terminate()
    server.wait()


@dataclass
class Window:
    """A running vizmed with a window, whose current folder is its own."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    folder: Path
    read: set[Path] = field(default_factory=set)

    def tool(self, *words: object) -> str:
        """Let xdotool do something."""
        command = ["xdotool", *map(str, words)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=self.environment, timeout=10)
        return done.stdout.strip()

    def wait_for(self, is_so: Callable[[], object], what: str) -> object:
        """Wait until something is so, and give it."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"it ended while {what} was waited for: {self.process.stderr.read()}"
            found = is_so()
            if found:
                return found
            time.sleep(0.01)
        raise AssertionError(f"not seen: {what}")

    def new_file(self, ending: str) -> Path:
        """Wait for a file that was not there when this was asked before."""

        def files() -> set[Path]:
            return set(self.folder.glob(f"vizmed-*{ending}")) - self.read

        self.wait_for(files, f"a new {ending}")
        (found,) = files()
        self.read.add(found)
        return found

    def scene(self, *keys: str) -> Scene:
        """Press keys, then the one that saves the scene, and give it."""
        self.tool("key", *keys, "F3")
        return read_scene(self.new_file(".toml"))[0]

    def drag(self, button: int, *places: tuple[float, float], held: str = "") -> Scene:
        """Drag the mouse, perhaps with a key held down, and give the scene."""
        words: list[object] = ["keydown", held] if held else []
        words += ["mousemove", *places[0], "mousedown", button]
        for place in places[1:]:
            words += ["sleep", 0.03, "mousemove", *place]
        words += ["sleep", 0.03, "mouseup", button]
        self.tool(*words, *(["keyup", held] if held else []))
        return self.scene()

    def look(self, place: tuple[slice, slice] = np.s_[:HEIGHT, :WIDTH]) -> np.ndarray:
        """What the screen shows now."""
        command = ["import", "-silent", "-window", "root", "-depth", "8", "rgb:-"]
        done = subprocess.run(command, check=True, env=self.environment, timeout=20, capture_output=True)
        return np.frombuffer(done.stdout, np.uint8).reshape(700, 900, 3)[place]

    def see(self, is_so: Callable[[np.ndarray], bool], what: str) -> np.ndarray:
        """Look until it is so, and give what is seen."""
        self.wait_for(lambda: is_so(self.look()), what)
        return self.look()

    def listens(self) -> bool:
        """Whether it is there and hears keys: one that is pressed between the two is lost."""
        return self.tool("search", "--onlyvisible", "--name", "vizmed") != "" and hears_keys(self)

    @property
    def number(self) -> int:
        """X11's number of the window."""
        return int(self.tool("search", "--onlyvisible", "--name", "vizmed").splitlines()[-1])

    def ended(self) -> int:
        """Wait for its end, and give its exit status."""
        return self.process.wait(timeout=PATIENCE_S)


@contextmanager
def opened(environment: dict[str, str], folder: Path, command: list[str]) -> Iterator[Window]:
    """Start what opens a window, and wait until it answers."""
    process = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    window = Window(process, environment, folder)
    try:
        window.tool("mousemove", 160, 120)
        window.wait_for(window.listens, "the window")
        window.tool("mousemove", 161, 120)
        yield window
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _x() -> ctypes.CDLL:
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XInternAtom.restype = ctypes.c_ulong
    x.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    x.XGetWindowAttributes.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p]
    x.XDestroyWindow.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
    x.XCloseDisplay.argtypes = [ctypes.c_void_p]
    return x


def hears_keys(window: Window) -> bool:
    """Whether somebody has asked the server for the keys that are pressed in it."""

    class Attributes(ctypes.Structure):
        _fields_ = (
            ("place_size_border_and_depth", ctypes.c_int * 5),
            ("visual", ctypes.c_void_p),
            ("root", ctypes.c_ulong),
            ("kind_gravity_and_backing", ctypes.c_int * 4),
            ("backing", ctypes.c_ulong * 2),
            ("save_under", ctypes.c_int),
            ("colormap", ctypes.c_ulong),
            ("map", ctypes.c_int * 2),
            ("events_of_all", ctypes.c_long),
            ("room", ctypes.c_long * 8),
        )

    x = _x()
    connection = x.XOpenDisplay(window.environment["DISPLAY"].encode())
    attributes = Attributes()
    x.XGetWindowAttributes(connection, window.number, ctypes.byref(attributes))
    x.XCloseDisplay(connection)
    key_press_mask = 1
    return bool(attributes.events_of_all & key_press_mask)


def destroy(window: Window) -> None:
    """Take the window away from it."""
    x = _x()
    connection = x.XOpenDisplay(window.environment["DISPLAY"].encode())
    x.XDestroyWindow(connection, window.number)
    x.XCloseDisplay(connection)


def ask_to_close(window: Window) -> None:
    """Send what a window manager sends when its cross is clicked: WM_DELETE_WINDOW."""

    class Event(ctypes.Structure):
        _fields_ = (
            ("type", ctypes.c_int),
            ("serial", ctypes.c_ulong),
            ("send_event", ctypes.c_int),
            ("display", ctypes.c_void_p),
            ("window", ctypes.c_ulong),
            ("message_type", ctypes.c_ulong),
            ("format", ctypes.c_int),
            ("data", ctypes.c_long * 5),
            ("room", ctypes.c_long * 24),  # the union of all events is larger
        )

    x = _x()
    connection = x.XOpenDisplay(window.environment["DISPLAY"].encode())
    client_message = 33
    number = window.number
    event = Event(type=client_message, window=number, format=32)
    event.message_type = x.XInternAtom(connection, b"WM_PROTOCOLS", 0)
    event.data[0] = x.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
    x.XSendEvent(connection, number, 0, 0, ctypes.byref(event))
    x.XCloseDisplay(connection)
