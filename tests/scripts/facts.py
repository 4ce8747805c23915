"""Made-up records of a run: round numbers, so that ratios can be read off."""

from __future__ import annotations


def facts(seconds: float = 1.0, mb: float = 100.0, **more: object) -> dict[str, object]:
    return {"own": False, "apart": False, "seconds": seconds, "mb": mb, **more}


def own(seconds: float = 1.0, mb: float = 100.0, **more: object) -> dict[str, object]:
    return facts(seconds, mb, **more) | {"own": True}


def skipped(reason: str, *, failed: bool = False) -> dict[str, object]:
    return {"own": False, "apart": False, "skipped": reason, "failed": failed}


def record(contest: str, data: str, label: str = "head 8 x 8 x 8", **results: dict[str, object]) -> dict[str, object]:
    return {"contest": contest, "data": data, "title": contest.title(), "label": label, "rounds": 3, "results": results}
