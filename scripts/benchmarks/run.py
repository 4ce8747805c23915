"""The run: data are made when first asked for, and contestants take turns (A B C, A B C, ...)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.contest import Contest, Contestant, Facts
from benchmarks.contests import CONTESTS
from benchmarks.data import REAL_DATA, Head, heads, tiny
from benchmarks.measure import one_line
from benchmarks.records import Record, summed_up

LAUNCHER = Path(__file__).resolve().parent.parent / "bench"

ROUNDS = {True: (1, 1), False: (5, 3)}
"""Whether it is quick, to the turns of each contestant, and of each in a slow contest."""

LONGEST_S = {True: 60, False: 900}
"""Whether it is quick, to the seconds after which a contestant is stopped."""


class Store:
    """Data in a folder of its own, each made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[Head, Path] = {}

    def path(self, head: Head) -> Path:
        """Give the folder or the file of a head."""
        if head not in self._made:
            folder = self._folder / f"{head.size}x{head.slices}{head.form}"
            told = in_child("--make", head.size, head.slices, head.form, folder)
            self._made[head] = Path(told["path"])
        return self._made[head]


def in_child(*words: object, longest_s: float | None = None) -> Facts:
    """Run one step of this script in a process. This one imports little, for a child inherits its parent's peak.

    Raises
    ------
    ChildProcessError
        If it ended badly: in what way.
    """
    child = subprocess.Popen(
        [sys.executable, LAUNCHER, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        told, complained = child.communicate(timeout=longest_s)
    except subprocess.TimeoutExpired:
        raise ChildProcessError(f"stopped after {longest_s:g} seconds") from None
    finally:
        if child.poll() is None:  # with all that it started itself
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if child.returncode < 0:
        raise ChildProcessError(f"it was ended by {signal.Signals(-child.returncode).name}")
    if child.returncode:
        raise ChildProcessError(one_line(complained.strip().split("\n")[-1]) or f"it ended with {child.returncode}")
    return json.loads(told.splitlines()[-1])


def places(contest: Contest, *, quick: bool) -> Iterator[tuple[str, Head | Path]]:
    """Give what a contest is measured on here: words, and heads or the folders of real scans."""
    known = heads(quick=quick)
    yield from ((word, known[word]) for word in contest.data if word in known)
    if not quick:
        yield from ((name, REAL_DATA / name) for name in contest.real if (REAL_DATA / name).is_dir())


def megabytes_needed(words: Iterable[str], *, quick: bool) -> float:
    """Give the disk space that the data of contests and what is made of them take."""
    found = {
        head: CONTESTS[word].written
        for word in words
        for _, head in places(CONTESTS[word], quick=quick)
        if isinstance(head, Head)
    }
    return sum(head.megabytes for head in found) + max((head.megabytes * n for head, n in found.items()), default=0)


def check_space(folder: Path, megabytes: float) -> None:
    """Stop where there is too little space, before anything is made."""
    free = shutil.disk_usage(folder).free / 1e6
    if free < megabytes:
        sys.exit(f"{megabytes:.0f} MB are needed for the data, and {free:.0f} are free; TMPDIR names another disk")


def run(
    words: list[str], store: Store, *, quick: bool, rounds: int | None, tell: Callable[[str], None]
) -> Iterator[Record]:
    """Run contests, and give their records one by one."""
    for word in words:
        contest = CONTESTS[word]
        small = store.path(tiny(heads(quick=quick)[contest.data[0]]))
        for data, head in places(contest, quick=quick):
            label = head.label if isinstance(head, Head) else data
            tell(f"{contest.title}: {label}")
            path = store.path(head) if isinstance(head, Head) else head
            if isinstance(head, Head):
                small = store.path(tiny(head))
            begun = perf_counter()
            turns = rounds or ROUNDS[quick][contest.slow]
            results = in_turn(contest, word, path, small, turns=turns, longest_s=LONGEST_S[quick])
            yield {
                "contest": word, "data": data, "title": contest.title, "label": label, "rounds": turns,
                "took_s": perf_counter() - begun, "results": results,
            }  # fmt: skip


def in_turn(contest: Contest, word: str, path: Path, small: Path, *, turns: int, longest_s: float) -> dict[str, Facts]:
    """Let the contestants take turns; who has failed once is left out of the later ones."""
    runs: dict[str, list[Facts]] = {name: [] for name in contest.contestants}
    for _ in range(turns):
        for name, done in runs.items():
            if done and "skipped" in done[-1]:
                continue
            try:
                done.append(in_child("--measure", word, name, path, small, longest_s=longest_s))
            except ChildProcessError as ended:
                done.append({"skipped": str(ended), "failed": True})
    of = contest.contestants
    return {name: {**_known_of(of[name]), **summed_up(done)} for name, done in runs.items()}


def _known_of(contestant: Contestant) -> Facts:
    return {"own": contestant.own, "apart": contestant.apart, "cold": contestant.cold}
