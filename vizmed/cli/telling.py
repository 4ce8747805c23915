"""What the command line tells: results on stdout, progress and findings on stderr, nothing that a terminal obeys."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vizmed.findings import Finding

if TYPE_CHECKING:
    from vizmed.stages import Stage

_WIDTH_IN_FILES = 10_000
"""Columns that a table may have where no terminal shows it: each row is a line then."""

_MB = 1_000_000

PATIENCE_S = 0.5
"""What takes longer than this shows that it is under way."""


def printable(text: str) -> str:
    """Replace what a terminal would obey (a file's tags may hold escapes and new lines) and what it cannot show."""
    safe = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    encoding = sys.stdout.encoding or "utf-8"
    return safe.encode(encoding, errors="replace").decode(encoding)


def tell(text: str) -> None:
    """Print a result."""
    print(printable(text))


def tell_findings(findings: Sequence[Finding], *, quiet: bool) -> None:
    """Print what a reader noticed: warnings always, notes unless quiet."""
    for finding in findings:
        if finding.severity == "warning" or not quiet:
            print(printable(f"{finding.severity}: {finding}"), file=sys.stderr)


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of results; where no terminal shows it, it is wide."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*titles)
    for row in rows:
        table.add_row(*(Text(printable(cell), overflow="fold") for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDTH_IN_FILES).print(table)


def tell_stages(whole: Stage, started: float) -> None:
    """Print what each stage took, on stderr.

    Parameters
    ----------
    whole : Stage
        From its beginning to the first of its parts, the command is imported and its options are checked.
    started : float
        What the interpreter took before, s.
    """
    first = min((part.began for part in whole.parts.values()), default=whole.began + whole.seconds)
    before = next(iter(whole.parts.values())).peak_before if whole.parts else whole.peak
    starting = first - whole.began
    between = whole.seconds - starting - sum(part.seconds for part in whole.parts.values())
    rows = [("starting", started + starting, before), *_stages(whole), ("the rest", max(between, 0.0), whole.peak)]
    rows.append(("all", started + whole.seconds, whole.peak))
    width = max(len(name) for name, _, _ in rows)
    print(f"{'stage':<{width}}  seconds  peak MB so far", file=sys.stderr)
    for name, seconds, peak in rows:
        megabytes = "?" if peak is None else f"{peak / _MB:,.0f}"
        print(f"{name:<{width}}  {seconds:7.2f}  {megabytes:>14}", file=sys.stderr)


def _stages(whole: Stage, indent: str = "") -> Iterator[tuple[str, float, int | None]]:
    for name, part in whole.parts.items():
        yield f"{indent}{name}", part.seconds, part.peak
        yield from _stages(part, indent + "  ")


@contextmanager
def progress(doing: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show on stderr what is being done, if it takes more than half a second and someone looks.

    Gives a function that shows other words, such as how far it is.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    status = Console(stderr=True).status(printable(doing))
    later = threading.Timer(PATIENCE_S, status.start)
    later.start()
    try:
        yield lambda words: status.update(printable(words))
    finally:
        later.cancel()
        later.join()
        status.stop()
