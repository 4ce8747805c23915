"""The documentation is run: every command and every line of Python in the README, and every --help."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from vizmed.cli import COMMANDS, main
from vizmed.sample import write_sample

SMALL = ("--size", "96")
"""A head of an eighth of the voxels is drawn in half the time."""

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.gl
def test_every_command_of_the_readme_runs(tmp_path):
    commands = [shlex.split(line, comments=True) for block in blocks("console") for line in block.splitlines() if line]
    assert {command[1] for command in commands} == set(COMMANDS)
    for command in commands:
        assert command[0] == "vizmed"
        smaller = SMALL if command[1] == "sample" else ()
        done = run([sys.executable, "-m", *command, *smaller], tmp_path)
        if command[1] in {"view", "slices"}:  # without a display; tests/render/window opens it
            assert done.returncode == 3
            assert "vizmed render" in done.stderr
        else:
            assert done.returncode == 0, done.stderr
    made = {
        "MyHead",
        "again.stl",
        "both.png",
        "head.mha",
        "head.png",
        "montage.png",
        "skull.json",
        "skull.stl",
        "turning.gif",
    }
    assert made <= {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "again.stl").read_bytes() == (tmp_path / "skull.stl").read_bytes()


@pytest.mark.gl
def test_the_python_of_the_readme_runs(tmp_path):
    write_sample(tmp_path / "MyHead", size=64)
    (code,) = blocks("python")
    done = run([sys.executable, "-c", code + "\nprint(volume.shape, skull.n_points > 1000)"], tmp_path)
    assert done.stdout.strip() == "(64, 64, 53) True", done.stderr
    assert (tmp_path / "skull.png").stat().st_size > 10_000


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_each_command_and_its_help_has_each_option_named_there(command, capsys):
    row = next(line for line in README.splitlines() if line.startswith(f"| `vizmed {command} "))
    assert main([command, "--help"]) == 0
    told = capsys.readouterr().out
    for option in re.findall(r"--[a-z-]+", row):
        assert option in told


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", README))
def test_links_of_the_readme_lead_somewhere(target):
    assert target.startswith("https://") or (ROOT / target).is_file()


def test_the_data_is_what_the_script_makes(tmp_path):
    write_sample(tmp_path / "head", size=48)
    assert digests(tmp_path / "head") == digests(ROOT / "data" / "head")


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
