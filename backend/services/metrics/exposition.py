"""A reading as Prometheus reads it: in its text format, or in OpenMetrics where that is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import ProcessCollector
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from backend.services.metrics.of_machine import of_machine
from backend.services.metrics.of_services import of_services
from backend.services.metrics.of_work import of_work
from backend.services.metrics.reading import Reading
from backend.services.metrics.tally import Names


class Exposition:
    def __init__(self) -> None:
        self._process = ProcessCollector(registry=None)  # the daemon's own memory, time and descriptors, on Linux
        self._models = Names()

    def of(self, reading: Reading, accept: str) -> tuple[bytes, str]:
        """The text and its media type. Takes milliseconds for a hundred services: not on the loop."""
        encode, media_type = choose_encoder(accept)
        return encode(_Families([*self._families(reading), *self._process.collect()])), media_type

    def _families(self, reading: Reading) -> Iterator[Metric]:
        yield from of_work(reading, self._models)
        yield from of_services(reading.services, reading.used, reading.counts)
        if reading.machine is not None:
            yield from of_machine(reading.machine)


class _Families(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families
