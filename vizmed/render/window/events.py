"""VTK's events, answered so that what goes wrong in an answer is not lost: VTK would only print it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Events:
    """Events that are listened to.

    Parameters
    ----------
    end : callable
        What is done when an answer has raised something.
    """

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._observed: list[tuple[Any, int]] = []
        self._raised: BaseException | None = None

    def listen(self, source: Any, event: str, answer: Callable[[str], None]) -> None:
        """Answer an event of a VTK object; the answer is given the event's name."""

        def guarded(_source: Any, event: str) -> None:
            self.guard(lambda: answer(event))

        self._observed.append((source, source.AddObserver(event, guarded)))

    def guard(self, do: Callable[[], None]) -> None:
        """Do something, and keep what it raises."""
        try:
            do()
        except BaseException as raised:  # noqa: BLE001 (raised again when the window has ended)
            self._raised = self._raised or raised
            self._end()

    def raise_again(self) -> None:
        """Raise what an answer has raised first, if one has."""
        if self._raised is not None:
            raise self._raised

    def stop(self) -> None:
        """Listen no more."""
        for source, tag in self._observed:
            source.RemoveObserver(tag)
        self._observed.clear()
