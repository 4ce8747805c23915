"""Numbers as slices.

They are the trap of a table: slices are counted from 0 by some and from 1 by others, and InstanceNumbers may run
against the positions. What a table proves is taken; what it leaves open is taken as documented, and said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from vizmed.errors import DamagedFileError, OptionError
from vizmed.findings import Finding, counted
from vizmed.geometry import FloatArray
from vizmed.read.marks.columns import Kind
from vizmed.read.marks.sources import by_number, in_order_of_files, in_order_of_numbers
from vizmed.read.marks.table import Table, shown
from vizmed.volume import Volume

CountedFrom = Literal[0, 1]

OPTIONS = "slices_by and counted_from (--marks-by, --marks-from) say what they are"

_COUNTINGS = {0: "counted from 0", 1: "counted from 1", None: "InstanceNumbers (0020,0013)"}


def by_place(table: Table, column: int, kind: Kind, volume: Volume, counted_from: CountedFrom) -> FloatArray:
    """Take numbers as places among the slices, counted as is said.

    Parameters
    ----------
    table : Table
    column : int
    kind : {"index", "instance", "file"}
        What puts the slices in order: their position, their InstanceNumbers, or the names of their files.
    volume : Volume
    counted_from : {0, 1}

    Returns
    -------
    (n,) ndarray

    Raises
    ------
    DamagedFileError
        If a row names no slice of the scan.
    OptionError
        If the scan has no such order.
    """
    numbers, order = _whole_numbers(table, column), _order(kind, volume, table)
    last = len(order) - 1 + counted_from
    wrong = (numbers < counted_from) | (numbers > last)
    if wrong.any():
        remedy = f"They are {counted_from} to {last} ({_COUNTINGS[counted_from]})"
        raise table.refused(int(np.argmax(wrong)), column, "which is no slice of the scan", remedy)
    return np.asarray(np.array(order)[numbers.astype(int) - counted_from])


def by_instance(table: Table, column: int, volume: Volume) -> FloatArray:
    """Take numbers as InstanceNumbers (0020,0013), or as frames of a multi-frame file; see `by_place`."""
    numbers, places = _whole_numbers(table, column), by_number(volume)
    if not places:
        raise _no_order("InstanceNumbers", table)
    found = _looked_up(numbers, places)
    if found is None:
        row = next(row for row, number in enumerate(numbers) if number not in places)
        remedy = f"Its InstanceNumbers go from {min(places)} to {max(places)}"
        raise table.refused(row, column, "which is the InstanceNumber of no slice of the scan", remedy)
    return found


def _whole_numbers(table: Table, column: int) -> FloatArray:
    numbers = table.numbers(column)
    broken = numbers != np.rint(numbers)
    if broken.any():
        remedy = "Slices are counted; slices_by='mm' takes it as z in mm"
        raise table.refused(int(np.argmax(broken)), column, "which is no whole number", remedy)
    return numbers


def _order(kind: Kind, volume: Volume, table: Table) -> list[float]:
    """List k of the slices in the order in which they are counted."""
    if kind == "index":
        return list(map(float, range((volume.provenance.grid or volume.geometry).shape[2])))
    order = in_order_of_files(volume) if kind == "file" else in_order_of_numbers(volume)
    if not order:
        raise _no_order("files" if kind == "file" else "InstanceNumbers", table)
    return order


def _no_order(what: str, table: Table) -> OptionError:
    found = f"the slices of the scan have no {what} of their own"
    return OptionError(found, where=table.path, remedy="Number them by their place: slices_by='index'")


def by_index(table: Table, column: int, volume: Volume, findings: list[Finding], *, asked: bool) -> FloatArray:
    """Take numbers as places along k: as what they prove to be, else as counted from 0, and say so.

    Parameters
    ----------
    table : Table
    column : int
    volume : Volume
    findings : list of Finding
        What is assumed is added.
    asked : bool
        Whether it is said that they are no InstanceNumbers.

    Returns
    -------
    (n,) ndarray

    Raises
    ------
    DamagedFileError
        If a row names no slice of the scan.
    """
    numbers, order = _whole_numbers(table, column), _order("index", volume, table)
    readings: dict[int | None, FloatArray] = {}
    for start in (0, 1):
        if not ((numbers < start) | (numbers > len(order) - 1 + start)).any():
            readings[start] = numbers - start
    instances = None if asked else _looked_up(numbers, by_number(volume))
    if instances is not None:
        readings[None] = instances
    if not readings:
        raise _out_of_scan(table, column, numbers, len(order), by_number(volume))
    taken = next(iter(readings))
    others = [other for other, places in readings.items() if not np.array_equal(places, readings[taken])]
    heading = shown(table.header[column])
    if others and len(numbers):
        told = " or ".join(_COUNTINGS[other] for other in others)
        message = f"{heading} may hold slices {_COUNTINGS[taken]}, but also {told}: nothing in it tells"
        remedy = f"taken as {_COUNTINGS[taken]}; {OPTIONS}"
        findings.append(Finding("slices-assumed", "warning", message, table.path.name, remedy))
    elif len(numbers):
        message = f"{heading} can only be slices {_COUNTINGS[taken]}"
        findings.append(Finding("slices-counted", "note", message, table.path.name))
    if taken is not None and not asked:
        _say_other_orders(volume, findings)
    return readings[taken]


def _say_other_orders(volume: Volume, findings: list[Finding]) -> None:
    """Warn where other programs may count the slices of the scan in another way than along k."""
    order = in_order_of_numbers(volume)
    if order != sorted(order):
        message = "InstanceNumbers do not grow along the stack, and other programs may count slices by them"
        remedy = "counted along the normal of the slices; slices_by='instance' counts by InstanceNumber"
        findings.append(Finding("slice-order", "warning", message, "", remedy))
    files, slices = len(volume.provenance.slices), (volume.provenance.grid or volume.geometry).shape[2]
    if files not in (0, slices):
        message = f"the scan has {counted(files, 'plane')}, and {counted(slices, 'slice')} with those interpolated"
        remedy = "the latter are counted; slices_by='instance' or 'file' finds what was scanned"
        findings.append(Finding("slice-order", "warning", message, "", remedy))


def _looked_up(numbers: FloatArray, places: Mapping[int, float]) -> FloatArray | None:
    """Look numbers up; None where one of them is missing."""
    found = [places.get(int(number)) for number in numbers]
    return None if None in found or not places else np.array(found, dtype=np.float64)


def _out_of_scan(
    table: Table, column: int, numbers: FloatArray, count: int, instances: Mapping[int, float]
) -> DamagedFileError:
    outside = (numbers < 0) | (numbers > count)
    of_none = outside & ~np.isin(numbers, list(instances))
    # where none lies outside, there are both 0 and the number of slices
    row = int(np.argmax(of_none if of_none.any() else outside if outside.any() else numbers))
    remedy = f"They are 0 to {count - 1}, or 1 to {count} if counted from 1"
    if instances:
        remedy += f"; InstanceNumbers go from {min(instances)} to {max(instances)}"
    return table.refused(row, column, "which is no slice of the scan", remedy)
