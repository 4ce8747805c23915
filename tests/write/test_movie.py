from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageSequence

from vizmed.errors import BudgetError, MissingExtraError, OptionError, WriteError
from vizmed.write import movie
from vizmed.write.movie import check_movie, real_fps, write_movie

HEIGHT, WIDTH = 60, 80


def ramps(count: int = 6) -> list[np.ndarray]:
    """All 256 greys in each, moving, and a coloured square that goes across in a few pixels."""
    grey = np.arange(256).repeat(HEIGHT * WIDTH // 256 + 1)[: HEIGHT * WIDTH].reshape(HEIGHT, WIDTH)
    frames = []
    for n in range(count):
        frame = np.roll(grey, 7 * n).astype(np.uint8)[..., None].repeat(3, axis=2)
        frame[5:9, 4 + 6 * n : 8 + 6 * n] = (255, 40, 0)
        frames.append(frame)
    return frames


def colorful(count: int = 4) -> list[np.ndarray]:
    """Far more colours than 256, smooth, and noise on half of each."""
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    noise = np.random.default_rng(5).integers(0, 40, (count, HEIGHT, WIDTH))
    return [
        np.stack([255 * x, 255 * y, 120 + 100 * np.sin(n + 3 * x) * y + noise[n] * (x > 0.5)], axis=-1)
        .clip(0, 255)
        .astype(np.uint8)
        for n in range(count)
    ]


def read_gif(path) -> list[np.ndarray]:
    with Image.open(path) as picture:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(picture)]


def read_mp4(path, size) -> np.ndarray:
    command = [movie.find_ffmpeg(), "-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, size[1], size[0], 3)


def test_a_gif_is_what_it_says(tmp_path):
    made = write_movie(iter(ramps()), tmp_path / "a.gif", fps=20)
    assert (made.path, made.frames, made.size, made.fps) == (tmp_path / "a.gif", 6, (WIDTH, HEIGHT), 20)
    with Image.open(tmp_path / "a.gif") as picture:
        assert (picture.format, picture.n_frames, picture.size) == ("GIF", 6, (WIDTH, HEIGHT))
        assert picture.info["loop"] == 0, "it does not repeat for ever"
        for n in range(6):
            picture.seek(n)
            assert picture.info["duration"] == 50


def test_greys_are_not_banded(tmp_path):
    """256 greys and a colour go into 255 places: no grey is off by more than one step, and the colour stays."""
    write_movie(ramps(), tmp_path / "a.gif")
    for found, given in zip(read_gif(tmp_path / "a.gif"), ramps(), strict=True):
        away = np.abs(found.astype(int) - given)
        assert len(np.unique(found[..., 2])) > 215
        assert away.max() <= 2
        assert away.mean() < 0.2
        assert np.array_equal(found[5:9, :80] == (255, 40, 0), given[5:9, :80] == (255, 40, 0))


def test_few_colours_are_kept_to_the_last_bit(tmp_path):
    frames = [np.where(frame > 100, frame // 64 * 64, 3).astype(np.uint8) for frame in ramps()]
    write_movie(frames, tmp_path / "a.gif")
    assert np.array_equal(read_gif(tmp_path / "a.gif"), frames)


def test_many_colours_come_near(tmp_path):
    write_movie(colorful(), tmp_path / "a.gif")
    for found, given in zip(read_gif(tmp_path / "a.gif"), colorful(), strict=True):
        assert np.abs(found.astype(int) - given).mean() < 12
        assert np.abs(found.astype(int) - given).max() < 60


def test_what_is_rare_keeps_its_colour(tmp_path):
    """Two pixels of green in pictures that are grey and brown with noise."""
    frames = [frame.copy() for frame in colorful()]
    for frame in frames:
        frame[..., 2] //= 8
        frame[30, 40:42] = (0, 255, 255)
    write_movie(frames, tmp_path / "a.gif")
    for found in read_gif(tmp_path / "a.gif"):
        assert np.abs(found[30, 40:42].astype(int) - (0, 255, 255)).max() <= 2


def test_what_stands_still_does_not_flicker(tmp_path):
    frames = [frame.copy() for frame in colorful(5)]
    for frame in frames:
        frame[:20] = frames[0][:20]
    write_movie(frames, tmp_path / "a.gif")
    found = read_gif(tmp_path / "a.gif")
    assert all(np.array_equal(frame[:20], found[0][:20]) for frame in found)
    assert not np.array_equal(found[1], found[0])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_equal_frames_are_frames(tmp_path, count):
    """A pause in a movie is a pause: frames are neither merged nor dropped."""
    frames = [*ramps(2), *[ramps(2)[1]] * count]
    assert write_movie(frames, tmp_path / "a.gif").frames == count + 2
    found = read_gif(tmp_path / "a.gif")
    assert len(found) == count + 2
    assert all(np.array_equal(frame, found[1]) for frame in found[1:])


def test_one_frame_of_one_pixel_is_a_movie(tmp_path):
    write_movie([np.full((1, 1, 3), (9, 80, 200), np.uint8)], tmp_path / "a.gif")
    assert np.array_equal(read_gif(tmp_path / "a.gif"), [[[(9, 80, 200)]]])


@pytest.mark.parametrize(
    ("fps", "hundredths"), [(15, 7), (10, 10), (50, 2), (30, 3), (0.1, 1000), (24, 4), (29, 4), (41, 3), (42, 2)]
)
def test_a_gif_counts_hundredths_of_a_second(tmp_path, fps, hundredths):
    made = write_movie(ramps(2), tmp_path / "a.gif", fps=fps)
    assert made.fps == real_fps("a.gif", fps) == pytest.approx(100 / hundredths)
    with Image.open(made.path) as picture:
        assert picture.info["duration"] == 10 * hundredths
    slower, faster = 100 / (hundredths + 1), 100 / max(hundredths - 1, 1)
    assert abs(made.fps - fps) <= min(abs(slower - fps), abs(faster - fps) if hundredths > 2 else np.inf)


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
def test_the_same_frames_give_the_same_bytes(tmp_path, ending):
    one, two = (write_movie(colorful(), tmp_path / f"{name}{ending}").path.read_bytes() for name in "ab")
    assert one == two
    assert (tmp_path / f"a{ending}").stat().st_mode & 0o777 == 0o644
    assert b"a.gif" not in one


def test_a_gif_holds_nothing_but_pictures(tmp_path):
    """One extension says that it repeats, and one a frame how long it stays: no comment, no text."""
    data = write_movie(ramps(), tmp_path / "a.gif").path.read_bytes()
    place, kinds = 13 + 3 * 256, []
    while data[place : place + 1] != b";":
        is_extension = data[place : place + 1] == b"!"
        kinds.append(data[place + 1] if is_extension else "picture")
        place += 2 if is_extension else 11
        while data[place]:
            place += 1 + data[place]
        place += 1
    assert place == len(data) - 1
    assert kinds == [0xFF, *[0xF9, "picture"] * 6]


def test_frames_are_asked_for_one_by_one(tmp_path):
    """What is done with a frame after it was given changes nothing: none is held."""

    def reused():
        frame = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        for one in ramps():
            frame[:] = one
            yield frame

    one = write_movie(reused(), tmp_path / "a.gif").path.read_bytes()
    assert one == write_movie(ramps(), tmp_path / "b.gif").path.read_bytes()


def test_mp4_comes_back(tmp_path):
    made = write_movie(iter(ramps()), tmp_path / "a.mp4", fps=12.5)
    assert (made.frames, made.size, made.fps) == (6, (WIDTH, HEIGHT), 12.5)
    found = read_mp4(made.path, made.size)
    assert len(found) == 6
    grey = np.array(ramps())
    assert np.abs(found.astype(int) - grey).mean() < 3.5
    told = subprocess.run([movie.find_ffmpeg(), "-i", made.path], capture_output=True, text=True, check=False).stderr
    assert "h264" in told
    assert "yuv420p(tv, bt709" in told
    assert "12.50 fps" in told
    assert "creation_time" not in told


def test_greys_of_mp4_are_those_of_the_frames(tmp_path):
    """Wrong matrices or ranges make all of them lighter or darker."""
    steps = np.array([0, 20, 64, 128, 192, 235, 255], np.uint8).repeat(16)
    frame = np.broadcast_to(steps[None, :, None], (32, steps.size, 3))
    made = write_movie([frame] * 3, tmp_path / "a.mp4")
    found = read_mp4(made.path, made.size)
    middles = found[1, 16, 8::16].astype(int)
    assert np.abs(middles - frame[16, 8::16]).max() <= 2


@pytest.mark.parametrize(("height", "width"), [(61, 80), (60, 81), (61, 81)])
def test_odd_sides_of_mp4_become_even_by_a_pixel(tmp_path, height, width):
    frames = [np.full((height, width, 3), (200, 30, 90), np.uint8)] * 3
    made = write_movie(frames, tmp_path / "a.mp4")
    assert made.size == (width + width % 2, height + height % 2)
    found = read_mp4(made.path, made.size).astype(int)
    assert np.abs(found - (200, 30, 90)).max() <= 6, "the edge is of another colour"


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
@pytest.mark.parametrize(
    ("frames", "found"),
    [
        ([], "no frames"),
        ([np.zeros((8, 8), np.uint8)], r"\(8, 8\)"),
        ([np.zeros((8, 8, 4), np.uint8)], r"\(8, 8, 4\)"),
        ([np.zeros((8, 8, 3))], "float64"),
        ([np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8)], r"frame 2 is \(8, 9, 3\)"),
    ],
)
def test_what_is_no_movie_is_refused_and_leaves_nothing(tmp_path, ending, frames, found):
    with pytest.raises(OptionError, match=found):
        write_movie(frames, tmp_path / f"a{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".gif", ".mp4"])
def test_a_frame_that_fails_leaves_nothing(tmp_path, ending):
    def failing():
        yield from ramps(2)
        raise RuntimeError("no more")

    (tmp_path / f"a{ending}").write_bytes(b"mine")
    with pytest.raises(RuntimeError, match="no more"):
        write_movie(failing(), tmp_path / f"a{ending}", overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == [f"a{ending}"]
    assert (tmp_path / f"a{ending}").read_bytes() == b"mine"


@pytest.mark.parametrize("fps", [0, -1, 61, np.nan, np.inf, 0.01])
@pytest.mark.parametrize("ending", [".gif", ".mp4"])
def test_speeds_have_bounds(tmp_path, fps, ending):
    with pytest.raises(OptionError, match="frames a second"):
        write_movie(ramps(2), tmp_path / f"a{ending}", fps=fps)


def test_what_is_too_fast_for_a_gif_is_refused():
    with pytest.raises(OptionError, match="MP4"):
        check_movie("a.gif", fps=51)
    check_movie("a.mp4", fps=51)


def test_what_is_too_large_is_refused_before_it_is_drawn():
    check_movie("a.gif", frames=100, size=(3000, 3000))
    with pytest.raises(BudgetError, match="fewer frames"):
        check_movie("a.gif", frames=200, size=(3000, 3000))
    check_movie("a.mp4", frames=200, size=(3000, 3000))


def test_what_turns_out_too_large_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setitem(movie._MOST_PIXELS, ".gif", 3 * HEIGHT * WIDTH)
    assert write_movie(ramps(3), tmp_path / "a.gif").frames == 3
    with pytest.raises(BudgetError, match="4 frames"):
        write_movie(ramps(4), tmp_path / "b.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["a.gif"]


def test_nothing_is_replaced_unasked_and_no_frame_drawn(tmp_path):
    (tmp_path / "a.gif").write_bytes(b"mine")

    def never():
        raise AssertionError("a frame was drawn")
        yield

    for name, found in (("a.gif", "exists"), ("a.avi", ".gif, .mp4"), ("no/a.gif", "mkdir")):
        with pytest.raises(WriteError, match=found):
            write_movie(never(), tmp_path / name)
    assert (tmp_path / "a.gif").read_bytes() == b"mine"


def test_without_the_extra_mp4_is_refused_and_gif_is_not(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingExtraError, match=r"vizmed\[movie\]"):
        write_movie(ramps(), tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []
    assert write_movie(ramps(), tmp_path / "a.gif").frames == 6


@pytest.mark.skipif(sys.platform == "win32", reason="a program of two lines")
def test_what_ffmpeg_complains_of_is_told(tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'Unknown encoder libx264' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(broken))
    with pytest.raises(WriteError, match="Unknown encoder libx264"):
        write_movie(ramps(), tmp_path / "a.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["broken"]
