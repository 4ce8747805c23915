"""The command line: `vizmed COMMAND`. One file a command; what they share is declared once, in `options`."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from time import process_time
from typing import TYPE_CHECKING

from vizmed.errors import DisplayError, MissingExtraError, OptionError, VizmedError

if TYPE_CHECKING:
    from cyclopts import App

FINE, DATA, USAGE, DISPLAY, EXTRA, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes."""

COMMANDS = {
    "sample": "Write a synthetic head as a DICOM series. It is of no patient.",
    "info": "Tell what is in a folder or file: series, geometry, findings.",
    "check": "Audit a scan: how it was sorted, gaps, tilt, spacing, codec, what was repaired.",
    "view": "Open a window on a scan: slices and a 3D view, linked.",
    "slices": "Scroll through the slices of a scan in a window.",
    "render": "Draw a scan into a PNG file, without a screen.",
    "montage": "Lay the slices of a scan side by side on one page.",
    "movie": "Write a movie of a scan: turning, or slice by slice.",
    "levels": "Show what a surface amounts to at each of several levels, so that one can be chosen.",
    "surface": "Extract a surface and write it, in mm and the patient's frame, with its measure of truth.",
    "rerun": "Make the surface of a report again: the same bytes from the same scan.",
    "mesh": "Tell what a mesh file holds, compare it with another, and check it for printing.",
    "labels": "Write one closed mesh a label, with a table of their measures and a scene of all in colour.",
    "convert": "Write a scan as MetaImage, NIfTI, NRRD, VTK or DICOM, or its slices as PNG.",
}
"""Command to the line that `vizmed --help` has of it: the commands themselves are imported when they run."""

_EPILOGUE = "vizmed is not a medical device: do not use it for diagnosis or treatment."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and give its exit code: 0 fine, 1 data, 2 usage, 3 no display or OpenGL, 4 a missing extra.

    5 is given for what was repaired (`check`), warned of (`mesh`), or differs (`rerun`).
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        # else numpy's OpenBLAS (which it has but on macOS) wakes threads that turn idly, on cores that ours could use
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        atexit.register(gc.freeze)  # else Python goes through all of VTK's objects once more before it ends
    if "--stats" not in words:
        return _run(words)
    from vizmed.cli.telling import tell_stages
    from vizmed.stages import recorded

    started = process_time() if arguments is None else 0.0  # where the words are the process's own, so is its start
    try:
        with recorded() as whole:
            return _run(words)
    finally:
        tell_stages(whole, started)


def _run(words: list[str]) -> int:
    from cyclopts import CycloptsError

    try:
        code = _app(words)(words, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as misuse:
        return _complain(f"{misuse}", USAGE)
    except VizmedError as error:
        if "--debug" in words:
            raise
        return _complain(str(error), _exit_code(error))
    except BrokenPipeError:  # whoever reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return _complain("stopped", INTERRUPTED)
    except Exception as error:
        if "--debug" in words:
            raise
        if isinstance(error, OSError):
            return _complain(f"the system refused: {error.strerror or error}", DATA)
        return _complain(f"an error inside vizmed, {type(error).__name__}. --debug shows where", DATA)
    else:
        return code if isinstance(code, int) else FINE
    return FINE


def _app(words: Sequence[str]) -> App:
    from cyclopts import App

    app = App(
        name="vizmed",
        help="Medical scans, read truthfully: in 3D, as slices, as surfaces to measure and print.",
        help_epilogue=_EPILOGUE,
        version=_version,
        suppress_keyboard_interrupt=False,  # main says a word and gives the exit code
    )
    for command, summary in COMMANDS.items():
        # a command that is named is imported anyway, and its own help is longer than the line in the list
        listed = None if command in words[:1] else summary
        app.command(f"vizmed.cli.{command}:{command}", name=command, help=listed)
    return app


def _version() -> str:
    from importlib.metadata import version

    return version("vizmed")


def _exit_code(error: VizmedError) -> int:
    if isinstance(error, OptionError):
        return USAGE
    if isinstance(error, DisplayError):
        return DISPLAY
    return EXTRA if isinstance(error, MissingExtraError) else DATA


def _complain(message: str, code: int) -> int:
    from vizmed.cli.telling import printable

    print("vizmed:", "\n".join(map(printable, message.split("\n"))), file=sys.stderr)
    return code
