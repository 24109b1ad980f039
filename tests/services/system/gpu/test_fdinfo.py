"""What processes have of a card's memory, from what the kernel tells of their open files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.services.system.gpu.fdinfo import Clients, memory_of, parse
from tests.fakes.drm import AMDGPU_CLIENT, I915_CLIENT, XE_CLIENT, Drm

AMD, INTEL = "0000:03:00.0", "0000:00:02.0"


@pytest.mark.parametrize(
    ("lines", "size"),
    [
        ("drm-memory-vram:\t2048 KiB", 2048 * 1024),
        ("drm-resident-vram0:\t16 MiB", 16 * 1024**2),
        ("drm-resident-vram0: 1 GiB\ndrm-resident-vram1: 5", 1024**3 + 5),
        ("drm-resident-local0: 8 KiB\ndrm-resident-stolen-local0: 4 KiB", 8 * 1024),
        ("drm-memory-vram: 4 KiB\ndrm-resident-vram: 3 KiB\ndrm-total-vram: 9 KiB", 3 * 1024),
        ("drm-total-vram0: 9 KiB\ndrm-shared-vram0: 9 KiB", 9 * 1024),
        ("drm-resident-system0: 6044 KiB\ndrm-memory-gtt: 10 KiB", None),
        ("drm-memory-vram: many\ndrm-memory-vram1: 4 kilobytes", None),
        ("pos: 0\nflags: 02", None),
    ],
)
def test_memory_is_what_lies_on_the_card_now(lines: str, size: int | None) -> None:
    assert memory_of(parse(lines)) == size


def test_a_client_that_is_open_several_times_counts_once(tmp_path: Path) -> None:
    tree = Drm(tmp_path)
    for pid, number in ((20, 3), (20, 4), (21, 3)):  # a copy of the file, and a child that has inherited it
        tree.open(pid, number, AMDGPU_CLIENT.format(client=7, slot=AMD, kib=100))
    tree.open(20, 5, AMDGPU_CLIENT.format(client=8, slot=AMD, kib=10))
    assert Clients(tree.proc).of((21, 20)) == {AMD: {20: 110 * 1024}}


def test_the_same_number_on_another_card_is_another_client(tmp_path: Path) -> None:
    tree = Drm(tmp_path)
    tree.open(20, 3, AMDGPU_CLIENT.format(client=7, slot=AMD, kib=100))
    tree.open(20, 4, XE_CLIENT.format(client=7, slot="0000:08:00.0", kib=50))
    tree.open(21, 3, I915_CLIENT.format(client=7, slot=INTEL, kib=6044), "/dev/dri/card0")
    assert Clients(tree.proc).of((20, 21)) == {
        AMD: {20: 100 * 1024},
        "0000:08:00.0": {20: 50 * 1024},
        INTEL: {21: None},  # it has no memory of its own
    }


def test_other_files_and_processes_that_have_ended_are_passed_over(tmp_path: Path) -> None:
    tree = Drm(tmp_path)
    tree.open(20, 3, AMDGPU_CLIENT.format(client=7, slot=AMD, kib=100), "/tmp/a file")
    tree.open(20, 4, "pos: 0\n")
    (tree.proc / "20/fd/5").symlink_to("/dev/dri/renderD128")  # closed between the two looks
    assert Clients(tree.proc).of((20, 21)) == {}


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="only Linux has it")
def test_a_real_process_without_a_gpu_has_nothing(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w"):
        assert Clients(Path("/proc")).of([os.getpid()]) == {}
