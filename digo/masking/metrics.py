"""The service's metrics in Prometheus' format, summed over its workers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from digo.masking.table_manifest import TableManifest

# prometheus_client reads this variable at import: the folder where workers share their counts.
SHARED_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_BUCKETS = (0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5)


class Metrics:
    """Counts requests by outcome, and their duration. Workers share their counts in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        registry = CollectorRegistry()
        requests = Counter("digo_masking_requests", "Requests by outcome.", ["outcome"], registry=registry)
        self._seconds = Histogram(
            "digo_masking_seconds", "Seconds a request took.", buckets=_BUCKETS, registry=registry
        )
        self._requests = requests
        self._counters: dict[str, Counter] = {}

    def count(self, outcome: str, seconds: float) -> None:
        """Counts one finished request; its duration is in seconds."""
        counter = self._counters.get(outcome)
        if counter is None:
            counter = self._counters[outcome] = self._requests.labels(outcome)
        counter.inc()
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        """The response of `/metrics`: counts of all workers, and the state of the routes."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
        registry.register(_RoutesCollector(self._folder))
        return generate_latest(registry)


class _RoutesCollector(Collector):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        manifest = TableManifest.from_file(self._folder)
        yield GaugeMetricFamily("digo_masking_routes", "Routes in force.", value=manifest.routes)
        yield GaugeMetricFamily(
            "digo_masking_config_ok",
            "1 where the config as it is now is in force.",
            value=int(manifest.problem is None),
        )
        yield GaugeMetricFamily(
            "digo_masking_loaded_timestamp_seconds", "When the routes in force were loaded.", value=manifest.loaded_at
        )
