"""The command line."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks import environment
from benchmarks.contests import CONTESTS
from benchmarks.data import Head, make
from benchmarks.measure import measure
from benchmarks.records import Record, complaints
from benchmarks.run import ROUNDS, Store, check_space, in_child, megabytes_needed, run

FACTS = "bench.json"


def main() -> None:
    """Do what the words ask for: one step in a child of ours, or all."""
    options = _options()
    if options.measure:
        word, name, path, tiny = options.measure
        with tempfile.TemporaryDirectory() as tempfile.tempdir:  # what one contestant writes is gone before the next
            print("\n" + json.dumps(measure(CONTESTS[word].contestants[name], Path(path), Path(tiny))))
    elif options.make:
        size, slices, form, folder = options.make
        print(json.dumps({"path": str(make(Head(int(size), int(slices), form), Path(folder)))}))
    elif options.draw:
        _draw(Path(options.draw))
    else:
        environment.enter()
        environment.compile_source()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the data are removed, too
        bench(options)


def bench(options: argparse.Namespace) -> None:
    """Run the contests, or take the facts of an earlier run, and tell all that came out."""
    folder: Path | None = options.output
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    facts = json.loads(options.facts.read_text(encoding="utf-8")) if options.facts else measured(options, folder)
    if folder is not None:
        save(facts, folder)
        in_child("--draw", folder)
    tell(facts, markdown=options.markdown)
    if wrong := complaints(facts["records"]):
        sys.exit("\n".join(wrong))


def measured(options: argparse.Namespace, folder: Path | None) -> dict[str, object]:
    """Run the contests, and save what there is after each of them."""
    from rich.console import Console

    words = options.only or [word for word, contest in CONTESTS.items() if not contest.asked_for]
    records: list[Record] = []
    facts = {"header": header(options), "quick": options.quick, "records": records}
    with tempfile.TemporaryDirectory(prefix="vizmed-bench-") as scratch:
        os.environ["TMPDIR"] = scratch  # for the children, so that all they leave goes with it
        check_space(Path(scratch), megabytes_needed(words, quick=options.quick))
        with Console(stderr=True).status("making data") as status:
            turns = run(words, Store(Path(scratch)), quick=options.quick, rounds=options.rounds, tell=status.update)
            for record in turns:
                records.append(record)
                if folder is not None:
                    save(facts, folder)
    return facts


def header(options: argparse.Namespace) -> str:
    """Say under what conditions was measured, and how often."""
    often, seldom = ROUNDS[options.quick]
    rounds = f"{options.rounds}" if options.rounds else f"{often}, of slow contests {seldom}"
    sizes = "; the goals are for 512 x 512 x 512 voxels, and these are fewer" if options.quick else ""
    return f"{environment.conditions()}. Medians of {rounds}{sizes}.\n"


def save(facts: dict[str, object], folder: Path) -> None:
    """Write the facts, so that tables and plots can be made of them again."""
    (folder / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def tell(facts: dict[str, object], *, markdown: bool) -> None:
    """Print the tables."""
    from rich.console import Console

    from benchmarks.tables import show

    show(Console(width=240), facts["header"], facts["records"], markdown=markdown)


def _draw(folder: Path) -> None:
    from benchmarks.plots import draw

    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    made = draw(facts["records"], folder, quick=facts["quick"])
    print(json.dumps({"made": [path.name for path in made]}))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure vizmed beside what it is compared with: the same data, contestants in turn, results "
        "compared. Without --quick it takes about an hour; what needs --only takes more disk and memory.",
        epilog=f"contests: {', '.join(CONTESTS)}",
    )
    parser.add_argument("--quick", action="store_true", help="smaller heads and fewer rounds: about two minutes")
    parser.add_argument("--only", nargs="+", metavar="CONTEST", choices=CONTESTS, help="these contests alone")
    parser.add_argument("--rounds", type=int, help="how often everybody works")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help=f"write {FACTS} and the plots there")
    parser.add_argument("--facts", type=Path, metavar=FACTS, help="tables and plots of an earlier run; measure nothing")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--draw", help=argparse.SUPPRESS)
    return parser.parse_args()
