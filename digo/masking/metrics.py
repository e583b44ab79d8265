"""The service's metrics in Prometheus' format, summed over its workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from digo.masking.counters import BOUNDS, Counters
from digo.masking.table_manifest import TableManifest


class Metrics:
    """Counts requests by outcome, and their duration. Without `counters` nothing is counted, and the metrics say so."""

    def __init__(self, counters: Counters | None, manifest: Callable[[], TableManifest]) -> None:
        """`manifest` gives the manifest of the current routes."""
        self._counters = counters
        self._registry = CollectorRegistry()
        self._registry.register(_RoutesCollector(manifest))
        self._registry.register(_RequestsCollector(counters))

    def count(self, outcome: str, seconds: float) -> None:
        """Counts one finished request; its duration is in seconds."""
        if self._counters is not None:
            self._counters.count(outcome, seconds)

    def text(self) -> bytes:
        """The response of `/metrics`: counts of all workers, and the state of the routes."""
        return generate_latest(self._registry)


class _RequestsCollector(Collector):
    def __init__(self, counters: Counters | None) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "digo_masking_metrics_ok", "1 where requests are counted.", value=int(self._counters is not None)
        )
        if self._counters is None:
            return
        requests = CounterMetricFamily("digo_masking_requests", "Requests by outcome.", labels=["outcome"])
        for outcome, total in self._counters.requests():
            requests.add_metric([outcome], total)
        yield requests
        buckets, seconds = self._counters.durations()
        named = list(zip((*map(str, BOUNDS), "+Inf"), _running(buckets), strict=True))
        yield HistogramMetricFamily("digo_masking_seconds", "Seconds a request took.", buckets=named, sum_value=seconds)


def _running(counts: Iterable[int]) -> Iterator[int]:
    total = 0
    for count in counts:
        total += count
        yield total


class _RoutesCollector(Collector):
    def __init__(self, manifest: Callable[[], TableManifest]) -> None:
        self._manifest = manifest

    def collect(self) -> Iterator[Metric]:
        manifest = self._manifest()
        yield GaugeMetricFamily("digo_masking_routes", "Routes in force.", value=manifest.routes)
        yield GaugeMetricFamily(
            "digo_masking_config_ok",
            "1 where the config as it is now is in force.",
            value=int(manifest.problem is None),
        )
        yield GaugeMetricFamily(
            "digo_masking_loaded_timestamp_seconds", "When the routes in force were loaded.", value=manifest.loaded_at
        )
