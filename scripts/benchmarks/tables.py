"""Facts as tables, for the terminal or for a Markdown page."""

from __future__ import annotations

from typing import Any

from benchmarks.contest import Facts
from benchmarks.goals import GOALS, Goal
from benchmarks.records import Record, share

GOAL_COLUMNS = ("the goals", "wanted", "measured", "")
COLUMNS = ("s", "ratio", "MB", "x voxels", "result")


def show(console: Any, header: str, records: list[Record], *, markdown: bool) -> None:
    """Print when and how was measured, the goals, and one table for each record."""
    console.print(header, soft_wrap=True)
    _print(console, GOAL_COLUMNS, goal_rows(records), markdown=markdown)
    for record in records:
        own = next(iter(record["results"].values()))
        rows = [row(name, facts, own) for name, facts in record["results"].items()]
        _print(console, (f"{record['title']}: {record['label']}", *COLUMNS), rows, markdown=markdown)


def goal_rows(records: list[Record]) -> list[list[str]]:
    """Give a row for each goal of the contests that were run."""
    run = {record["contest"] for record in records}
    return [goal_row(goal, goal.measured(records)) for goal in GOALS if goal.contest in run]


def goal_row(goal: Goal, measured: float | None) -> list[str]:
    """Give a goal, what is wanted, what was measured, and whether it is met."""
    named = f"{goal.number} {goal.what}"
    if measured is None:
        return [named, goal.wanted, "", "not measured"]
    digits = f"{measured:.2f}" if measured < 100 else f"{measured:.0f}"
    return [named, goal.wanted, digits, "met" if goal.is_met(measured) else "not met"]


def row(name: str, facts: Facts, own: Facts) -> list[str]:
    """Give a row of a contest's table; ratios are of the time over that of the first."""
    if "skipped" in facts:
        return [name, "", "", "", "", f"skipped: {facts['skipped']}"]
    part = share(facts, own)
    ratio = f"{facts['seconds'] / own['seconds']:.2f}" if own.get("seconds") else ""
    numbers = [f"{facts['seconds']:.3f}", ratio, f"{facts['mb']:.0f}"]
    return [name, *numbers, "" if part is None else f"{part:.2f}", result(facts)]


def result(facts: Facts) -> str:
    """Give what came out, in words."""
    words = []
    if "checksum" in facts:
        words.append(f"checksum {facts['checksum']:08x}")
    if "triangles" in facts:
        words.append(f"{facts['triangles']:,} triangles")
    if "ml" in facts:
        words.append(f"{facts['ml']:,.1f} ml")
    if "mean_mm" in facts:
        words.append(f"error {facts['mean_mm']:.3f} mm on average, {facts['max_mm']:.2f} at most")
    if "fps" in facts:
        words.append(f"{facts['fps']:.1f} pictures a second")
    if "scans" in facts:
        a_scan = facts["seconds"] / facts["scans"]
        words.append(f"{facts['scans']} scans; 1,000 would take {a_scan * 1000 / 60:.0f} minutes in proportion")
    return ", ".join([*words, *([facts["picture"]] if "picture" in facts else [])])


def _print(console: Any, columns: tuple[str, ...], rows: list[list[str]], *, markdown: bool) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.MARKDOWN if markdown else box.SIMPLE_HEAD, pad_edge=markdown)
    for column in columns:
        left = column in (columns[0], "result", "")
        table.add_column(column, justify="left" if left else "right", no_wrap=True)
    for cells in rows:
        table.add_row(*cells)
    console.print(table)
