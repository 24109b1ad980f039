"""Linux's counters as its files have them: on this machine what psutil says, and on machines that were written down."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from backend.services.system.counters import Core
from backend.services.system.figures import Swap
from backend.services.system.procfs_counters import ProcfsCounters
from backend.services.system.psutil_counters import PsutilCounters
from backend.services.system.traffic import Traffic

MIB = 1 << 20
STAT = """\
cpu  300 30 60 4000 50 6 7 8 100 10
cpu0 100 10 20 1000 20 2 3 4 50 5
cpu2 200 20 40 3000 30 4 4 4 50 5 77
intr 12345 0 0 0
ctxt 999
"""
MEMINFO = """\
MemTotal:        8388608 kB
MemFree:         1048576 kB
MemAvailable:    6291456 kB
Buffers:          524288 kB
Cached:          2097152 kB
SwapCached:          128 kB
SwapTotal:       4194304 kB
SwapFree:        3145728 kB
"""
NET = """\
Inter-|   Receive                            |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed
    lo:    5000      50    0    0    0     0          0         0     5000      50    0    0    0     0       0    0
eth0:1:18446744073709551615 2    0    0    0     0          0         0       77     3  0  0  0     0       0    0
"""
DISKSTATS = """\
   7       0 loop0 9 9 9 9 9 9 9 9 9 9 9
 253       0 zram0 9 9 9 9 9 9 9 9 9 9 9
 104       0 cciss/c0d0 5 0 16 1 7 0 32 1 0 1 1 0 0 0 0 0 0
   8       1 sda1 5 0 2 1 7 0 4 1 0 1 1
"""


@pytest.fixture
def recorded(tmp_path: Path) -> ProcfsCounters:
    (tmp_path / "net").mkdir()
    (tmp_path / "block" / "cciss!c0d0").mkdir(parents=True)
    for name, text in (("stat", STAT), ("meminfo", MEMINFO), ("net/dev", NET), ("diskstats", DISKSTATS)):
        (tmp_path / name).write_text(text)
    return ProcfsCounters(str(tmp_path), str(tmp_path / "block"))


def test_of_a_core_guests_are_counted_once_and_what_waits_for_a_disk_is_idle(recorded: ProcfsCounters) -> None:
    assert recorded.cores() == (Core(139, 1159), Core(272, 3302))


def test_memory_and_swap_come_from_one_file(recorded: ProcfsCounters) -> None:
    memory, swap = recorded.memory()
    assert (memory.total, memory.available, memory.used) == (8192 * MIB, 6144 * MIB, 2048 * MIB)
    assert (memory.percent, memory.total_gb, memory.used_gb, memory.available_gb) == (25.0, 8.0, 2.0, 6.0)
    assert swap == Swap(4096 * MIB, 1024 * MIB, 25.0)


@pytest.mark.parametrize("told", ["", "MemAvailable: 0 kB\n", "MemAvailable: 99999999 kB\n"])
def test_what_is_available_is_worked_out_where_it_is_not_told_or_is_more_than_there_is(
    told: str, recorded: ProcfsCounters, tmp_path: Path
) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO.replace("MemAvailable:    6291456 kB\n", told))
    memory, _ = recorded.memory()
    assert memory.available == (1024 + 512 + 2048) * MIB


def test_a_machine_without_swap_has_none(recorded: ProcfsCounters, tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO.replace("4194304", "0").replace("3145728", "0"))
    assert recorded.memory()[1] is None


def test_memory_of_no_size_is_a_failure(recorded: ProcfsCounters, tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("HugePages_Total: 0\n")
    with pytest.raises(RuntimeError, match="does not say how much memory"):
        recorded.memory()


def test_interfaces_are_told_without_loopback_whatever_their_names(recorded: ProcfsCounters) -> None:
    assert recorded.interfaces() == {"eth0:1": Traffic((1 << 64) - 1, 77)}


def test_drives_are_whole_ones_and_parts_without_what_only_looks_like_one(recorded: ProcfsCounters) -> None:
    drives = recorded.drives()
    assert drives.parts == {"cciss/c0d0": Traffic(16 * 512, 32 * 512), "sda1": Traffic(2 * 512, 4 * 512)}
    assert drives.drives.keys() == {"cciss/c0d0"}


def test_a_file_longer_than_a_page_is_read_to_its_end(recorded: ProcfsCounters, tmp_path: Path) -> None:
    many = "".join(f"veth{n}: {n} 0 0 0 0 0 0 0 {n} 0 0 0 0 0 0 0\n" for n in range(5000))
    (tmp_path / "net" / "dev").write_text("\n".join(NET.splitlines()[:2]) + "\n" + many)
    assert len(recorded.interfaces()) == 5000


@pytest.mark.skipif(sys.platform != "linux", reason="these files are Linux's own")
def test_this_machine_is_counted_as_psutil_counts_it() -> None:
    ours, theirs = ProcfsCounters(), PsutilCounters()
    assert len(ours.cores()) == psutil.cpu_count()
    (memory, swap), (their_memory, their_swap) = ours.memory(), theirs.memory()
    assert memory.total == their_memory.total
    assert 0 < memory.available <= memory.total
    assert (swap and swap.total) == (their_swap and their_swap.total)
    before = theirs.interfaces()
    now = ours.interfaces()
    after = theirs.interfaces()
    assert before.keys() & after.keys() <= now.keys() <= before.keys() | after.keys()
    for name in before.keys() & after.keys():
        assert before[name].into <= now[name].into <= after[name].into
        assert before[name].out <= now[name].out <= after[name].out
