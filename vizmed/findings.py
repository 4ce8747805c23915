"""What a reader noticed on its way: how grave it is, where it is, what was or can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader noticed.

    Parameters
    ----------
    code : str
        Stable name of the kind of finding, such as ``"gantry-tilt"``.
    severity : {"note", "warning"}
        A note is worth knowing; a warning means that something was repaired, assumed or left out. What cannot be
        read truthfully is no finding but an exception.
    message : str
        What was found, with the values found.
    where : str
        File name or position, empty where it concerns the whole volume.
    remedy : str
        What was done about it, or what the user can do.
    """

    code: str
    severity: Severity
    message: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        remedy = f": {self.remedy}" if self.remedy else ""
        return f"{self.message}{place}{remedy}"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 slice``, ``2 slices``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
