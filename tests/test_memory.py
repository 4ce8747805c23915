from __future__ import annotations

import ctypes
import subprocess
import sys
from types import SimpleNamespace

import pytest

from vizmed import memory
from vizmed.memory import available_bytes, peak_bytes

MB = 1 << 20
linux = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Give a function that writes the files of a Linux machine."""

    def files(**contents: str) -> None:
        for name, text in contents.items():
            path = tmp_path / name.replace("__", "/").replace("-", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    monkeypatch.setattr(memory, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory.sys, "platform", "linux")
    return files


MEMINFO = "MemTotal:       24684084 kB\nMemFree:        100 kB\nMemAvailable:   2048 kB\n"
"""2 MiB are free."""


def group(place: str, version: int, limit: object, used: int, cached: int) -> dict[str, str]:
    """Write the files of a control group."""
    limits, usage, field = {
        1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        2: ("memory.max", "memory.current", "inactive_file"),
    }[version]
    stat = f"active_file 5\n{field} {cached}\nslab 7\n"
    return {f"{place}{limits}": f"{limit}\n", f"{place}{usage}": f"{used}\n", f"{place}memory.stat": stat}


class TestAvailable:
    def test_the_kernel_is_believed(self, machine):
        machine(proc__meminfo=MEMINFO)
        assert available_bytes() == 2 * MB

    @pytest.mark.parametrize("place", ["groups__", "groups__job__", "groups__job__step__"])
    def test_a_limit_of_any_group_above_counts(self, machine, place):
        machine(proc__meminfo=MEMINFO, proc__self__cgroup="0::/job/step\n", **group(place, 2, MB, 600_000, 100_000))
        assert available_bytes() == MB - 500_000

    def test_the_older_groups(self, machine):
        lines = "9:name=systemd:/x\n4:cpu,memory:/job\n0::/\n"
        machine(
            proc__meminfo=MEMINFO, proc__self__cgroup=lines, **group("groups__memory__job__", 1, MB, 600_000, 100_000)
        )
        assert available_bytes() == MB - 500_000

    def test_a_group_without_a_limit_and_one_that_is_wider(self, machine):
        machine(proc__self__cgroup="0::/job\n", **group("groups__", 2, "max", 5, 0))
        machine(proc__meminfo=MEMINFO, **group("groups__job__", 2, 50 * MB, MB, 0))
        assert available_bytes() == 2 * MB

    def test_a_group_that_is_over_its_limit_leaves_nothing(self, machine):
        machine(proc__meminfo=MEMINFO, proc__self__cgroup="0::/\n", **group("groups__", 2, MB, 2 * MB, 0))
        assert available_bytes() == 0

    def test_files_that_say_nothing(self, machine):
        machine(proc__meminfo="nothing", proc__self__cgroup="0::/\n", groups__memory___max="")
        assert available_bytes() is None or available_bytes() > MB

    @linux
    def test_a_limit_of_the_address_space_counts(self):
        script = "from vizmed.memory import available_bytes; print(available_bytes())"
        shell = f"ulimit -v 400000; {sys.executable} -c '{script}'"
        done = subprocess.run(["sh", "-c", shell], check=True, capture_output=True, text=True)
        assert 100 * MB < int(done.stdout) < 400 * MB

    def test_here_something_is_free(self):
        assert available_bytes() > 100 * MB


class TestPeak:
    @linux
    def test_it_is_not_that_of_the_process_that_started_this_one(self):
        """Which ru_maxrss begins with."""
        script = f"""
import subprocess, sys
taken = bytearray({200 * MB})
subprocess.run([sys.executable, "-c", "from vizmed.memory import peak_bytes; print(peak_bytes())"], close_fds=False)
"""
        done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
        assert int(done.stdout) < 100 * MB

    def test_without_proc_the_process_is_asked(self, machine):
        machine()
        assert peak_bytes() > 10 * MB


class Kernel32:
    """What Windows answers."""

    def GlobalMemoryStatusEx(self, given):  # noqa: N802 (its name)
        status = given._obj
        assert status.length == ctypes.sizeof(status) == 64
        status.sizes[:] = (24 * MB, 8 * MB, 30 * MB, 9 * MB, 1 << 47, 1 << 46, 0)
        return 1

    def K32GetProcessMemoryInfo(self, _process, given, length):  # noqa: N802 (its name)
        counters = given._obj
        assert length == counters.length == ctypes.sizeof(counters) == 72
        counters.sizes[:] = (77 * MB, 66 * MB, *range(6))
        return 1


def test_windows_is_asked(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=Kernel32()), raising=False)
    assert available_bytes() == 8 * MB
    assert peak_bytes() == 77 * MB
