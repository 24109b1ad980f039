"""What a card's sensors tell, by the kernel's files for them (`device/hwmon/hwmonN`).

Thousandths of degrees and millionths of watts and joules become whole ones. A driver names its sensors by numbers of
its own: the first that is there counts.
"""

from __future__ import annotations

from pathlib import Path


class Sensors:
    def __init__(self, device: Path) -> None:
        self._folder = next(iter(sorted(device.glob("hwmon/hwmon*"))), None)

    def temperature(self) -> float | None:
        """Of the chip: Intel's newer driver counts it as the second."""
        return _share(self._number("temp1_input", "temp2_input"), 1000)

    def power(self) -> float | None:
        return _share(self._number("power1_average", "power1_input"), 1_000_000)

    def power_limit(self) -> float | None:
        """Zero is how a driver says that there is none."""
        return _share(self._number("power1_cap", "power1_max", "power2_max") or None, 1_000_000)

    def energy(self) -> int | None:
        """Microjoules, since some time."""
        return self._number("energy1_input", "energy2_input")

    def fan(self) -> float | None:
        """Percent, by what it is driven with or else by how fast it turns."""
        for now, most in (("pwm1", "pwm1_max"), ("fan1_input", "fan1_max")):
            value, whole = self._number(now), self._number(most)
            if value is not None and whole:
                return round(100 * value / whole, 1)
        return None

    def _number(self, *names: str) -> int | None:
        for name in names if self._folder else ():
            if (value := number(f"{self._folder}/{name}")) is not None:
                return value
        return None


def number(path: str | Path) -> int | None:
    """None where the driver has no such file, or does not tell at the moment."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - read a dozen times every two seconds
            return int(file.read())
    except (OSError, ValueError):
        return None


def _share(value: int | None, parts: int) -> float | None:
    return None if value is None else round(value / parts, 1)
