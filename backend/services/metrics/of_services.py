"""The series of services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import get_args

from prometheus_client.core import Metric

from backend.services.metrics.families import Row, counter, gauge, share
from backend.services.metrics.tally import Counts
from backend.services.supervisor.happenings import Health, Status
from backend.services.supervisor.views import ServiceView

STATUSES: tuple[Status, ...] = get_args(Status)
HEALTHS: tuple[Health, ...] = get_args(Health)
BY_SERVICE = ("service",)


def of_services(
    services: Sequence[ServiceView], used: Mapping[str, tuple[float | None, float | None]], counts: Counts
) -> Iterator[Metric]:
    def rows(value: Callable[[ServiceView], float | None]) -> list[Row]:
        return [((one.id,), value(one)) for one in services]

    yield from gauge("service_up", "1 while the service runs.", rows(lambda one: one.status == "running"), BY_SERVICE)
    yield from gauge(
        "service_wanted", "1 while somebody wants the service to run.", rows(lambda one: one.wanted == "up"), BY_SERVICE
    )
    yield from gauge(
        "service_status",
        "1 for the status that the service has, 0 for the others.",
        [((one.id, status), one.status == status) for one in services for status in STATUSES],
        ("service", "status"),
    )
    yield from gauge(
        "service_health",
        "1 for the health that the service has, 0 for the others.",
        [((one.id, health), one.health == health) for one in services for health in HEALTHS],
        ("service", "health"),
    )
    yield from gauge(
        "service_restarts",
        "Automatic restarts since a person started the service.",
        rows(lambda one: one.restarts),
        BY_SERVICE,
    )
    yield from gauge(
        "service_start_time_seconds",
        "When the service's process began, in seconds since 1970.",
        rows(lambda one: None if one.started_at is None else one.started_at.timestamp()),
        BY_SERVICE,
    )
    yield from gauge(
        "service_cpu_usage_ratio",
        "Processors that all processes of the service use together; 1 is one of them.",
        [((service,), share(percent)) for service, (percent, _) in used.items()],
        BY_SERVICE,
    )
    yield from gauge(
        "service_memory_bytes",
        "Memory of all processes of the service together.",
        [((service,), size) for service, (_, size) in used.items()],
        BY_SERVICE,
    )
    yield from counter(
        "service_launches",
        "Starts of the service's process.",
        [((service,), count) for service, count in counts.launches.items()],
        BY_SERVICE,
    )
    yield from counter(
        "service_exits",
        "Ends of the service's process that nobody asked for.",
        [((service,), count) for service, count in counts.exits.items()],
        BY_SERVICE,
    )
