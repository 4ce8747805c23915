"""Something that takes long, made beside the window's own work so that it goes on answering."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Making(Generic[Made]):
    """What is being made in a thread of its own.

    Parameters
    ----------
    make : callable
        It must not draw: OpenGL belongs to the window's own thread.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._made: list[Made] = []
        self._raised: BaseException | None = None
        # one that is no longer waited for does not keep the process from its end
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return not self._thread.is_alive()

    def take(self) -> Made:
        """Give what was made, or raise what was raised."""
        self._thread.join()
        if self._raised is not None:
            raise self._raised
        return self._made[0]

    def _run(self) -> None:
        try:
            self._made.append(self._make())
        except BaseException as raised:  # noqa: BLE001 (raised again where it is taken)
            self._raised = raised
