"""The environment: vizmed, every peer that pip can install, and what they are."""

from __future__ import annotations

import compileall
import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-bench"
STAMP = ENVIRONMENT / "made-from.json"
"""What was asked for, and what was left out and why."""

COMES_WITH_VIZMED = ("numpy", "vtk", "pyvista", "pydicom", "nibabel", "pynrrd", "fast-simplification", "imagecodecs")


def enter() -> None:
    """Go on in the environment, made where it is missing or was made for others."""
    if Path(sys.prefix).resolve() == ENVIRONMENT:
        return
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists() or made_from().get("asked") != asked():
        print(f"making {ENVIRONMENT.name}, which takes some minutes", file=sys.stderr)
        is_same = platform.python_version() in made_from().get("asked", [])
        subprocess.run([sys.executable, "-m", "venv", *([] if is_same else ["--clear"]), ENVIRONMENT], check=True)
        make(python)
    sys.exit(subprocess.call([python, *sys.argv]))


def make(python: Path) -> None:
    """Install vizmed, and its peers: all at once, or each by itself where that cannot be."""
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-e", str(ROOT)], check=True)
    left_out = {}
    if subprocess.run([*pip, *peers()], check=False, capture_output=True).returncode:
        for peer in peers():
            done = subprocess.run([*pip, peer], check=False, capture_output=True, text=True)
            if done.returncode:
                left_out[peer] = (done.stderr.strip().split("\n") or [""])[-1].removeprefix("ERROR: ")
    STAMP.write_text(json.dumps({"asked": asked(), "left out": left_out}), encoding="utf-8")


def compile_source() -> None:
    """Compile vizmed to bytecode, as pip does with what it installs but not with what it installs as editable."""
    compileall.compile_dir(ROOT / "vizmed", quiet=1)


def peers() -> list[str]:
    """Give what the group `bench` of pyproject.toml asks for."""
    return list(_project()["dependency-groups"]["bench"])


def asked() -> list[str]:
    """Give all that the environment is made from."""
    return [*_project()["project"]["dependencies"], *peers(), platform.python_version()]


def made_from() -> dict[str, Any]:
    """Give what the environment was made from, and what was left out."""
    return dict(json.loads(STAMP.read_text(encoding="utf-8"))) if STAMP.exists() else {}


def _project() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def conditions() -> str:
    """Say when, on how many cores and with what was measured; nothing of the machine's name or paths."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    when = f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores, load {os.getloadavg()[0]:.1f}"
    return f"{when}; Python {platform.python_version()}, {', '.join(versions())}{_left_out()}"


def versions() -> Iterator[str]:
    """Name vizmed and its peers, each with its version."""
    named = [re.match(r"[\w.-]+", peer) for peer in peers()]
    for name in ("vizmed", *COMES_WITH_VIZMED, *(found[0] for found in named if found)):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def _left_out() -> str:
    left_out = made_from().get("left out")
    if not left_out:
        return ""
    return "; not installed: " + ", ".join(f"{peer} ({reason})" for peer, reason in left_out.items())
