from __future__ import annotations

import os

import pytest

from vizmed import render
from vizmed.cli import main
from vizmed.errors import DisplayError
from vizmed.render import gl

CHOICE = "VTK_DEFAULT_OPENGL_WINDOW"


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch):
    """Each test asks anew, and leaves the environment and the answer of the others as they were."""
    monkeypatch.setattr(gl, "_started", {})
    monkeypatch.setenv(CHOICE, "")  # so that it is as before after the test, whether it was there or not
    monkeypatch.delenv(CHOICE)
    gl._find.cache_clear()
    yield
    for attempt in gl._started.values():
        attempt.communicate()
    gl._find.cache_clear()


@pytest.fixture(params=["raise SystemExit(1)", "import os; os.abort()", "print('no tab')", "import no_such_module"])
def without_opengl(request, monkeypatch):
    monkeypatch.setattr(gl, "_ATTEMPT", request.param)


@pytest.mark.gl
def test_off_screen_something_draws_and_says_what():
    found = gl.require()
    assert found.window.endswith("RenderWindow")
    assert found.renderer
    assert found is gl.require()


@pytest.mark.parametrize(
    ("renderer", "software"),
    [
        ("llvmpipe (LLVM 15.0.6, 256 bits)", True),
        ("softpipe", True),
        ("SWRAST", True),
        ("NVIDIA H200/PCIe/SSE2", False),
        ("Mesa Intel(R) UHD Graphics 620 (KBL GT2)", False),
        ("Apple M2", False),
    ],
)
def test_the_processor_is_told_from_a_graphics_card(renderer, software):
    assert gl.Gl("vtkEGLRenderWindow", renderer).is_software is software


@pytest.mark.gl
def test_what_draws_is_what_vtk_then_takes(monkeypatch):
    if not gl._ON_LINUX:
        pytest.skip("the choice is Linux'")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert gl.require().window == os.environ[CHOICE] == "vtkEGLRenderWindow"


def test_a_child_that_fails_or_dies_is_told_with_its_remedy(without_opengl):
    with pytest.raises(DisplayError, match="OpenGL cannot be used here") as refused:
        gl.require()
    assert "libegl1" in refused.value.remedy
    assert "libgl1" in refused.value.remedy
    assert "--mode slices" in refused.value.remedy
    assert CHOICE not in os.environ


def test_a_child_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(gl, "_ATTEMPT", "import time; time.sleep(100)")
    monkeypatch.setattr(gl, "_PATIENCE_S", 0.3)
    monkeypatch.delenv("DISPLAY", raising=False)
    started = gl._attempt("")
    assert gl._outcome(started) is None
    assert started.returncode != 0


def test_a_refusal_is_not_remembered_for_ever(monkeypatch):
    monkeypatch.setattr(gl, "_ATTEMPT", "raise SystemExit(1)")
    with pytest.raises(DisplayError):
        gl.require()
    monkeypatch.setattr(gl, "_ATTEMPT", "print('window', 'renderer', sep=chr(9))")
    assert gl.require() == gl.Gl("window", "renderer")


@pytest.mark.parametrize("mode", ["scene", "volume", "surface", "mip"])
def test_pictures_in_3d_are_refused(monkeypatch, sample_head, tmp_path, mode):
    monkeypatch.setattr(gl, "_ATTEMPT", "raise SystemExit(1)")
    with pytest.raises(DisplayError):
        render(sample_head, tmp_path / "a.png", mode=mode)
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_says_so_and_slices_still_work(without_opengl, sample_folder, tmp_path, capsys):
    picture = tmp_path / "a.png"
    arguments = ["render", str(sample_folder), "-o", str(picture), "--size", "200x200"]
    assert main([*arguments, "--mode", "volume"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "libegl1" in said.err
    assert "libgl1" in said.err
    assert not picture.exists()
    assert main([*arguments, "--mode", "slices"]) == 0
    assert picture.stat().st_size > 1000


def test_no_screen_no_window(monkeypatch, sample_folder, capsys):
    if not gl._ON_LINUX:
        pytest.skip("DISPLAY is Linux'")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert main(["view", str(sample_folder)]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "DISPLAY" in said.err
    assert "vizmed render" in said.err


def test_a_screen_that_is_not_there_is_told(monkeypatch, sample_folder, capsys):
    if not gl._ON_LINUX:
        pytest.skip("DISPLAY is Linux'")
    monkeypatch.setenv("DISPLAY", ":987")
    assert main(["view", str(sample_folder)]) == 3
    said = capsys.readouterr()
    assert ":987" in said.err
    assert "vizmed render" in said.err


@pytest.mark.gl
def test_a_probe_that_was_begun_is_used(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    gl.start_probe()
    assert len(gl._started) == 1
    monkeypatch.setattr(gl, "_attempt", lambda _choice: pytest.fail("a second child"))
    assert gl.require().renderer
    assert gl._started == {}


def test_beginning_twice_begins_one_child(monkeypatch):
    begun = []
    attempt = gl._attempt
    monkeypatch.setattr(gl, "_ATTEMPT", "print('window', 'renderer', sep=chr(9))")
    monkeypatch.setattr(gl, "_attempt", lambda choice: begun.append(attempt(choice)) or begun[-1])
    gl.start_probe()
    gl.start_probe()
    for child in begun:
        child.wait()
    assert len(begun) == 1


def test_what_is_known_is_not_probed_again(monkeypatch):
    monkeypatch.setattr(gl, "_ATTEMPT", "print('window', 'renderer', sep=chr(9))")
    gl.require()
    gl.start_probe()
    assert gl._started == {}


def test_a_window_does_not_take_what_a_picture_has_chosen(monkeypatch):
    if not gl._ON_LINUX:
        pytest.skip("the choice is Linux'")
    monkeypatch.setattr(
        gl, "_ATTEMPT", f"import os; print(os.environ.get('{CHOICE}') or 'vtkXOpenGLRenderWindow', 'x', sep=chr(9))"
    )
    monkeypatch.setenv("DISPLAY", ":0")
    for _ in range(2):
        assert gl.require().window == os.environ[CHOICE] == "vtkEGLRenderWindow"
        assert gl.require(on_screen=True).window == "vtkXOpenGLRenderWindow"
        assert CHOICE not in os.environ
