"""What is kept of a run: one record for each contest on each data, as plain facts that JSON holds."""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.contest import Facts

Record = dict[str, Any]
"""``contest`` and ``data`` (words), ``title``, ``label`` (of the data), ``rounds``, and ``results``: name to facts."""

AGREEMENT = {"checksum": 0.0, "triangles": 0.01, "ml": 0.01}
"""By which part results may differ."""

_MEDIAN_OF = ("seconds", "mb", "fps")


def summed_up(runs: list[Facts]) -> Facts:
    """Give a contestant's last facts, with the medians of all its runs."""
    last = runs[-1]
    if "skipped" in last:
        return last
    done = [run for run in runs if "skipped" not in run]
    return last | {key: median(run[key] for run in done) for key in _MEDIAN_OF if key in last}


def odd_ones(results: dict[str, Facts]) -> list[str]:
    """Name those whose result is not that of the first who is held to it."""
    held = {
        name: facts for name, facts in results.items() if not facts.get("apart") and AGREEMENT.keys() & facts.keys()
    }
    first = next(iter(held.values()), {})
    near = {key: part * first[key] for key, part in AGREEMENT.items() if key in first}
    return [
        name
        for name, facts in held.items()
        if any(key not in facts or abs(facts[key] - first[key]) > near[key] for key in near)
    ]


def failures(results: dict[str, Facts]) -> list[str]:
    """Name vizmed's own contestants that failed, and why."""
    failed = {name: facts for name, facts in results.items() if facts.get("own") and facts.get("failed")}
    return [f"{name}: {facts['skipped']}" for name, facts in failed.items()]


def complaints(records: list[Record]) -> list[str]:
    """Tell all that makes a run a failure: vizmed's own failures, and results that differ."""
    found = []
    for record in records:
        where, results = f"{record['title']}, {record['label']}", record["results"]
        found += [f"{where}: {failure}" for failure in failures(results)]
        found += [f"{where}: the result of {name} differs" for name in odd_ones(results)]
    return found


def find(records: list[Record], contest: str, data: str, name: str) -> Facts | None:
    """Give a contestant's facts, if there are any that are more than a reason for having none."""
    for record in records:
        if (record["contest"], record["data"]) == (contest, data):
            facts = record["results"].get(name, {})
            return facts if "seconds" in facts else None
    return None


def share(facts: Facts, own: Facts) -> float | None:
    """Give all that was held but the mesh, over the size of the voxels as 16-bit numbers.

    Parameters
    ----------
    facts : Facts
    own : Facts
        Of the contest's first, which tell the size of the voxels, and whether they were held already.

    Returns
    -------
    float or None
        None where no voxels are held, or the interpreter and its libraries are counted, too.
    """
    voxels = own.get("voxels") or own.get("held")
    if not voxels or "mb" not in facts or facts.get("cold"):
        return None
    return float(facts["mb"] + own.get("held", 0) - facts.get("mesh", 0)) / voxels
