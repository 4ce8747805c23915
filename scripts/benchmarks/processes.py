"""Contestants: whole processes, from the start of the interpreter to its end."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.contest import VALUE, Prepare, UnavailableError, Work
from benchmarks.looking import file_facts
from benchmarks.writing import new_file

OUT = "OUT"
"""Begins the word that stands for the file to be written, such as OUT.stl."""


def process(*words: str) -> Prepare:
    """Run Python with these words, of which FOLDER stands for the data, and one that begins with OUT for a file."""

    def prepare(folder: Path) -> Work:
        commands, made = filled([(sys.executable, *words)], folder)
        return partial(_run, commands), lambda _: file_facts(made) if made else {}

    return prepare


def vizmed_needing(option: str, command: str, *words: str) -> Prepare:
    """Run vizmed where its command has an option."""

    def prepare(folder: Path) -> Work:
        helped = [sys.executable, "-m", "vizmed", command, "--help"]
        if option not in subprocess.run(helped, check=True, capture_output=True, text=True).stdout:
            raise UnavailableError(f"vizmed {command} has no {option}")
        return process("-m", "vizmed", command, *words)(folder)

    return prepare


def nii2mesh(*options: str) -> Prepare:
    """Run dcm2niix, and nii2mesh on what it made, with these options."""

    def prepare(folder: Path) -> Work:
        from dcm2niix import bin as converter

        program = shutil.which("nii2mesh")
        if program is None:
            raise UnavailableError("nii2mesh is not on the PATH, and pip does not have it")
        made = new_file(".stl")
        converted = made.with_name("head.nii")
        commands = [
            [converter, "-z", "n", "-b", "n", "-f", "head", "-o", str(made.parent), str(folder)],
            [program, str(converted), "-i", str(VALUE), *options, str(made)],
        ]
        return partial(_run, commands), lambda _: file_facts(made)

    return prepare


SCANS = 3
"""How many scans of a cohort are worked on, one after another."""


def cohort(*words: str) -> Prepare:
    """Run Python with these words as often as there are scans, each as it would be run for another scan."""

    def prepare(folder: Path) -> Work:
        commands = [filled([(sys.executable, *words)], folder)[0][0] for _ in range(SCANS)]
        return partial(_run, commands), lambda _: {"scans": SCANS}

    return prepare


def filled(commands: list[tuple[str, ...]], folder: Path) -> tuple[list[list[str]], Path | None]:
    """Put paths in the place of words, and give the file to be written, if there is one."""
    made = next(
        (new_file(word[len(OUT) :]) for words in commands for word in words if word.startswith(f"{OUT}.")), None
    )
    places = {"FOLDER": str(folder)}
    return [
        [str(made) if word.startswith(f"{OUT}.") else places.get(word, word) for word in words] for words in commands
    ], made


def _run(commands: list[list[str]]) -> None:
    for words in commands:
        subprocess.run(words, check=True, capture_output=True)
