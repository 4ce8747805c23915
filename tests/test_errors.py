"""The tree of exceptions is the one that its docstring draws."""

from __future__ import annotations

import builtins
import inspect
import pickle
import re
from pathlib import Path

import pytest

from vizmed import errors
from vizmed.errors import VizmedError

CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
}


def drawn() -> dict[str, tuple[str | None, str | None]]:
    """Class name to the name of its parent and of its built-in, as the docstring draws them."""
    tree: dict[str, tuple[str | None, str | None]] = {}
    parents: list[str] = []
    for line in errors.__doc__.splitlines():
        match = re.match(r"^    ((?:│   |├── |└── )*)(\w+Error)(?: \((\w+)\))?", line)
        if match:
            depth = len(match[1]) // 4
            del parents[depth:]
            tree[match[2]] = (parents[-1] if parents else None, match[3])
            parents.append(match[2])
    return tree


def test_the_drawing_is_the_tree():
    assert drawn().keys() == CLASSES.keys()
    for name, (parent, builtin) in drawn().items():
        expected = [CLASSES[parent] if parent else Exception, *([getattr(builtins, builtin)] if builtin else [])]
        assert list(CLASSES[name].__bases__) == expected


def test_one_root_catches_all_and_a_builtin_each():
    for kind in CLASSES.values():
        assert issubclass(kind, VizmedError)
        if kind is not VizmedError:
            assert issubclass(kind, (OSError, ValueError, ImportError, RuntimeError, MemoryError))


@pytest.mark.parametrize("name", CLASSES)
def test_message_and_fields(name):
    raised = CLASSES[name]("it is torn", where=Path("a") / "b.dcm", remedy="Mend it")
    assert str(raised) == f"{Path('a') / 'b.dcm'}: it is torn. Mend it"
    assert (raised.found, raised.where, raised.remedy) == ("it is torn", str(Path("a") / "b.dcm"), "Mend it")
    assert str(CLASSES[name]("it is torn")) == "it is torn"
    assert raised.args


@pytest.mark.parametrize("name", CLASSES)
def test_they_travel_between_processes(name):
    raised = CLASSES[name]("it is torn", where="b.dcm", remedy="Mend it")
    again = pickle.loads(pickle.dumps(raised))  # noqa: S301 (our own bytes)
    assert type(again) is type(raised)
    assert str(again) == str(raised)
