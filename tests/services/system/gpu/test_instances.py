"""The names of Windows' counters of GPUs, and what they amount to."""

from __future__ import annotations

import pytest

from backend.services.system.gpu.instances import Counted, Instance, amount, luid_of, parse

CARD, OTHER = "luid_0x00000000_0x0000D4B2_phys_0", "luid_0x00000001_0x0000d5ff_phys_0"
LUID, OTHER_LUID = 0xD4B2, 0x1_0000_D5FF


@pytest.mark.parametrize(
    ("name", "instance"),
    [
        (CARD, Instance(LUID)),
        (f"pid_4312_{CARD}", Instance(LUID, 4312)),
        (f"pid_4312_{CARD}_eng_3_engtype_VideoDecode", Instance(LUID, 4312, 3)),
        (f"pid_4312_{CARD}_eng_11_engtype_Compute 0", Instance(LUID, 4312, 11)),
        (f"pid_4312_{OTHER.upper()}_ENG_0_ENGTYPE_3D", Instance(OTHER_LUID, 4312, 0)),
        (f"pid_4312_{CARD}_eng_0_engtype_", Instance(LUID, 4312, 0)),
        ("_Total", None),
        ("pid_4312", None),
        ("", None),
    ],
)
def test_names_are_understood(name: str, instance: Instance | None) -> None:
    assert parse(name) == instance


def test_the_upper_half_of_a_number_may_be_negative() -> None:
    assert luid_of(-1, 0xD4B2) == 0xFFFF_FFFF_0000_D4B2 == parsed_luid("luid_0xFFFFFFFF_0x0000D4B2_phys_0")


def parsed_luid(name: str) -> int:
    instance = parse(name)
    assert instance is not None
    return instance.luid


def test_a_card_is_as_busy_as_its_busiest_engine_is_for_all_processes() -> None:
    engines = {
        f"pid_10_{CARD}_eng_0_engtype_3D": 20.0,
        f"pid_11_{CARD}_eng_0_engtype_3D": 35.55,
        f"pid_11_{CARD}_eng_1_engtype_Copy": 50.0,
        f"pid_12_{OTHER}_eng_0_engtype_3D": 90.0,
        f"pid_13_{OTHER}_eng_0_engtype_3D": 30.0,
    }
    found = amount(engines, {}, {})
    assert {luid: counted.usage_percent for luid, counted in found.items()} == {LUID: 55.5, OTHER_LUID: 100.0}


def test_memory_is_by_card_and_by_process() -> None:
    processes = {f"pid_10_{CARD}": 700.0, f"pid_11_{CARD}": 0.0, f"pid_10_{OTHER}": 5.0}
    found = amount({}, {CARD: 900.0, OTHER: 6.0, "_Total": 906.0}, processes)
    assert found == {LUID: Counted(0.0, 900, {10: 700}), OTHER_LUID: Counted(0.0, 6, {10: 5})}


def test_parts_of_one_card_are_summed() -> None:
    second = CARD.replace("phys_0", "phys_1")
    found = amount(None, {CARD: 1.0, second: 2.0}, {f"pid_10_{CARD}": 1.0, f"pid_10_{second}": 2.0})
    assert found == {LUID: Counted(None, 3, {10: 3})}


def test_before_the_second_reading_nobody_knows_how_busy_it_is() -> None:
    assert amount(None, {CARD: 1.0}, {})[LUID].usage_percent is None
