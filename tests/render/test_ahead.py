from __future__ import annotations

import sys
import threading

import vizmed
from vizmed.render import ahead


def wait():
    for thread in threading.enumerate():
        if thread.name == "imports":
            thread.join()


def test_what_is_imported_ahead_is_there_and_hides_no_verb():
    ahead.start_imports()
    wait()
    assert set(ahead._MODULES) <= sys.modules.keys()
    assert callable(vizmed.render)


def test_what_is_missing_is_told_by_who_needs_it(monkeypatch, capfd):
    monkeypatch.setattr(ahead, "_MODULES", ("vizmed.no_such_room", "math"))
    ahead.start_imports()
    wait()
    assert capfd.readouterr() == ("", "")
