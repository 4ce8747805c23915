"""The real `vizmed view` on a virtual screen: keys are pressed, and what is seen is looked at."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from vizmed import render
from vizmed.render import gl, window
from vizmed.render.plotter import draw
from vizmed.render.resolve import resolve
from vizmed.sample import make_sample
from vizmed.scene import scene_for

WIDTH, HEIGHT = 500, 400
PATIENCE_S = 30
NEEDED = {"Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick"}


@pytest.fixture(scope="module")
def screen() -> Iterator[dict[str, str]]:
    """Start a virtual screen, and give the environment that leads to it."""
    if not sys.platform.startswith("linux"):
        pytest.skip("a virtual screen is Linux'")
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    assert not missing, f"apt install {' '.join(missing)}: these tests press keys in a real window on a virtual screen"
    ours, theirs = os.pipe()
    command = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
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
class Viewer:
    """A running `vizmed view`."""

    process: subprocess.Popen
    environment: dict[str, str]
    name: str = ""

    def tool(self, *words: object) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)], check=False, capture_output=True, text=True, env=self.environment, timeout=10
        )
        return done.stdout.strip()

    def look(self) -> np.ndarray:
        """What the screen shows now."""
        command = ["import", "-silent", "-window", "root", "-depth", "8", "rgb:-"]
        done = subprocess.run(command, check=True, env=self.environment, timeout=20, capture_output=True)
        return np.frombuffer(done.stdout, np.uint8).reshape(HEIGHT, WIDTH, 3).astype(int)

    def see(self, is_so: Callable[[np.ndarray], bool], what: str) -> np.ndarray:
        """Look until it is so, then until nothing moves any more, and give what is seen."""
        deadline = time.monotonic() + PATIENCE_S
        last = None
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"it ended while {what} was waited for: {self.process.stderr.read()}"
            now = self.look()
            if last is not None and np.array_equal(last, now) and is_so(now):
                return now
            last = now
            time.sleep(0.05)
        raise AssertionError(f"not seen: {what}")

    def press(self, key: str, is_so: Callable[[np.ndarray], bool], what: str) -> np.ndarray:
        self.tool("key", key)
        return self.see(is_so, what)

    def ended(self) -> int:
        return self.process.wait(timeout=PATIENCE_S)


@pytest.fixture
def view(screen, sample_folder) -> Iterator[Callable[..., Viewer]]:
    """Give a function that starts `vizmed view`, and waits until the head is seen."""
    running = []

    def start(*options: str) -> Viewer:
        command = [sys.executable, "-m", "vizmed", "view", str(sample_folder), "--size", f"{WIDTH}x{HEIGHT}", *options]
        process = subprocess.Popen(command, env=screen, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        viewer = Viewer(process, screen)
        running.append(viewer)
        viewer.tool("mousemove", WIDTH // 2, HEIGHT // 2)
        viewer.see(lambda seen: len(np.unique(seen.reshape(-1, 3), axis=0)) > 300, "the head")
        viewer.name = viewer.tool("search", "--name", "vizmed").splitlines()[-1]
        return viewer

    yield start
    for viewer in running:
        if viewer.process.poll() is None:
            viewer.process.kill()
        viewer.process.communicate()


@pytest.mark.window
def test_a_window_opens_after_a_picture_was_drawn_and_a_picture_is_drawn_after_it(screen):
    script = f"""
import vizmed
head = vizmed.make_sample(size=48)
vizmed.render(head, mode="surface", size=(100, 100))
vizmed.show(head, mode="surface", size=({WIDTH}, {HEIGHT}))
print(vizmed.render(head, mode="surface", size=(100, 100)).std() > 5)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=screen, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    viewer = Viewer(process, screen)
    try:
        viewer.tool("mousemove", WIDTH // 2, HEIGHT // 2)
        viewer.see(lambda seen: len(np.unique(seen.reshape(-1, 3), axis=0)) > 300, "the head")
        viewer.tool("key", "q")
        said, complained = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, complained
    assert said.split() == ["True"]


def apart(one: np.ndarray, other: np.ndarray, place: tuple = np.s_[:, :]) -> float:
    """Part of the pixels that differ by more than a shade."""
    return float((np.abs(one[place] - other[place]).max(axis=-1) > 12).mean())


def changed(before: np.ndarray, share: float = 0.02) -> Callable[[np.ndarray], bool]:
    return lambda seen: apart(before, seen) > share


def same(before: np.ndarray) -> Callable[[np.ndarray], bool]:
    return lambda seen: apart(before, seen) < 0.002


MIDST = np.s_[60:-60, 80:-80]


@pytest.mark.window
def test_it_begins_with_the_picture_that_render_draws(view, sample_folder):
    viewer = view()
    seen = viewer.see(lambda _: True, "a picture")
    drawn = render(make_sample(size=48), size=(WIDTH, HEIGHT)).astype(int)
    hint = np.s_[HEIGHT - 40 :, WIDTH - 90 :]
    seen[hint] = drawn[hint]
    assert apart(seen, drawn) < 0.01
    assert "vizmed sample head" in viewer.tool("getwindowname", viewer.name)
    viewer.tool("key", "q")
    assert viewer.ended() == 0
    said, complained = viewer.process.communicate()
    assert "rror" not in said + complained


@pytest.mark.window
def test_keys_do_what_the_help_says(view):
    viewer = view()
    first = viewer.see(lambda _: True, "a picture")

    helped = viewer.press("h", changed(first), "the help")
    text = np.abs(helped - first).max(axis=-1) > 40
    rows, columns = np.nonzero(text)
    assert rows.min() < 40, "it begins at the top"
    assert columns.min() < 40, "on the left"
    assert np.ptp(rows) > 120, "it has many lines"
    viewer.press("h", same(first), "the help gone")

    for key, what in (
        ("1", "axial slice"),
        ("2", "coronal slice"),
        ("3", "sagittal slice"),
        ("4", "volume"),
        ("5", "surface"),
    ):
        viewer.press(key, changed(first, 0.005), f"no {what}")
        viewer.press(key, same(first), f"the {what} again")

    for forth, back in (("Up", "Down"), ("Prior", "Next"), ("Right", "Left")):
        for _ in range(3):
            viewer.tool("key", forth)
        viewer.see(changed(first, 0.002), f"another slice after {forth}")
        for _ in range(3):
            viewer.tool("key", back)
        viewer.see(same(first), f"the first slice after {back}")

    viewer.press("w", changed(first, 0.005), "the wireframe")
    viewer.press("s", same(first), "the surface")

    viewer.tool("mousemove", 250, 200, "mousedown", 1)
    for step in range(1, 7):
        viewer.tool("mousemove", 250 + 20 * step, 200)
    viewer.tool("mouseup", 1)
    turned = viewer.see(changed(first, 0.1), "it turned")
    viewer.press("r", same(first), "the first view")

    def reach(seen):
        rows, columns = np.nonzero(np.abs(seen[MIDST] - seen[60:-60, 5:6]).max(axis=-1) > 14)
        return np.ptp(rows) * np.ptp(columns)

    for _ in range(4):
        viewer.tool("click", 5)
    viewer.see(lambda seen: reach(seen) < 0.9 * reach(first), "it is smaller")
    viewer.press("0", same(first), "the view from the corner")
    assert apart(turned, first) > 0.1

    viewer.press("z", same(first), "nothing new by a key without meaning")
    viewer.press("e", same(first), "nothing new by a key of VTK's own")
    viewer.press("3", changed(first, 0.005), "no stereo, but no sagittal slice")
    viewer.tool("key", "Escape")
    assert viewer.ended() == 0


@pytest.mark.window
def test_each_view_is_what_render_draws_of_it(view):
    viewer = view("--mode", "surface")
    head = make_sample(size=48)
    for key in ("P", "L", "R", "S", "I", "A"):
        drawn = render(head, mode="surface", camera=key, size=(WIDTH, HEIGHT)).astype(int)
        seen = viewer.press(
            f"shift+{key.lower()}", lambda seen, drawn=drawn: apart(seen, drawn, MIDST) < 0.01, f"the view from {key}"
        )
        mirrored = drawn[:, ::-1]
        if key != "I":  # from below, the head is nearly its own mirror image
            assert apart(seen, mirrored, MIDST) > 0.01
    viewer.tool("key", "q")
    assert viewer.ended() == 0


def ask_to_close(display: str, number: int) -> None:
    """Send what a window manager sends when its cross is clicked: WM_DELETE_WINDOW."""

    class Event(ctypes.Structure):
        _fields_ = [
            ("type", ctypes.c_int),
            ("serial", ctypes.c_ulong),
            ("send_event", ctypes.c_int),
            ("display", ctypes.c_void_p),
            ("window", ctypes.c_ulong),
            ("message_type", ctypes.c_ulong),
            ("format", ctypes.c_int),
            ("data", ctypes.c_long * 5),
            ("room", ctypes.c_long * 24),  # the union of all events is larger
        ]

    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XInternAtom.restype = ctypes.c_ulong
    x.XInternAtom.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    x.XSendEvent.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    x.XCloseDisplay.argtypes = [ctypes.c_void_p]
    connection = x.XOpenDisplay(display.encode())
    client_message = 33
    event = Event(type=client_message, window=number, format=32)
    event.message_type = x.XInternAtom(connection, b"WM_PROTOCOLS", 0)
    event.data[0] = x.XInternAtom(connection, b"WM_DELETE_WINDOW", 0)
    x.XSendEvent(connection, number, 0, 0, ctypes.byref(event))
    x.XCloseDisplay(connection)


@pytest.mark.window
def test_closing_the_window_ends_it(view):
    viewer = view("--mode", "surface")
    ask_to_close(viewer.environment["DISPLAY"], int(viewer.name))
    assert viewer.ended() == 0
    assert viewer.process.stderr.read() == ""


@pytest.mark.window
@pytest.mark.parametrize("mode", ["slices", "mip"])
def test_keys_of_layers_that_are_not_there_do_nothing(view, mode):
    viewer = view("--mode", mode)
    first = viewer.see(lambda _: True, "a picture")
    for key in ("5", "w", "s", "4" if mode == "slices" else "Up"):
        viewer.press(key, same(first), f"nothing new after {key}")
    viewer.tool("key", "q")
    assert viewer.ended() == 0


@pytest.fixture
def listening(sample_head):
    """A viewer without a screen, whose actions are called by their keys."""
    drawing = draw(resolve(scene_for("scene", size=(100, 100)), sample_head), off_screen=True)
    viewer = window._Viewer(drawing)
    yield viewer
    drawing.plotter.close()


NAMES = {"PgUp": "Prior", "PgDn": "Next"}


@pytest.mark.gl
def test_every_key_of_the_help_does_something_and_every_key_that_does_is_in_it(listening):
    lines = window.HELP.partition("\n\n")[0].splitlines()
    named = {NAMES.get(key, key) for line in lines for key in re.split(r"\s{2,}", line)[0].split()}
    assert named | {"Escape"} == set(listening.actions)


@pytest.mark.gl
def test_steps_stop_at_the_ends_and_move_the_slice(listening, sample_head):
    for key, plane, axis, sign in (
        ("Up", "axial", 2, 1),
        ("Down", "axial", 2, -1),
        ("Prior", "coronal", 1, 1),
        ("Next", "coronal", 1, -1),
        ("Right", "sagittal", 0, 1),
        ("Left", "sagittal", 0, -1),
    ):
        places = []
        for _ in range(sample_head.shape[axis]):
            listening.actions[key]()
            bounds = np.reshape(listening.drawing.slices[plane].GetBounds(), (3, 2))
            places.append(bounds[axis].mean())
        assert (np.diff(places) * sign >= 0).all()
        low, high = sample_head.geometry.extent[axis]
        half = sample_head.geometry.spacing[axis] / 2
        assert places[-1] == pytest.approx(high - half if sign > 0 else low + half, abs=0.01)


@pytest.mark.gl
def test_layers_turn_off_and_on(listening):
    drawing = listening.drawing
    props = {
        "1": drawing.slices["axial"],
        "2": drawing.slices["coronal"],
        "3": drawing.slices["sagittal"],
        "4": drawing.volume,
        "5": drawing.surface,
        "h": listening.help,
    }
    for key in props:
        before = {name: other.GetVisibility() for name, other in props.items()}
        listening.actions[key]()
        assert {name for name, other in props.items() if other.GetVisibility() != before[name]} == {key}
        listening.actions[key]()
        assert {name: other.GetVisibility() for name, other in props.items()} == before
    listening.actions["w"]()
    assert drawing.surface.GetProperty().GetRepresentationAsString() == "Wireframe"
    listening.actions["s"]()
    assert drawing.surface.GetProperty().GetRepresentationAsString() == "Surface"


def test_the_title_is_the_series_and_never_a_patient(sample_head):
    assert window._title(sample_head) == "vizmed sample head - vizmed"
