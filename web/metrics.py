"""Every metric that /metrics tells, in one place."""

from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from callboard import errands, events, operations
from callboard.db import transaction
from web.threads import in_thread

REGISTRY = CollectorRegistry()
LATENCY = Histogram(
    "callboard_http_request_seconds",
    "How long requests took, by method and status.",
    ("method", "status"),
    registry=REGISTRY,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
VIEWERS = Gauge("callboard_viewers", "How many live viewers this process serves.", registry=REGISTRY)
WAITING = Gauge("callboard_waiting", "How many requests wait for an operation's end here.", registry=REGISTRY)
CUT = Counter("callboard_viewers_cut", "How many viewers were too slow and were cut.", registry=REGISTRY)


class Totals(Collector):
    """What the tables know, counted when it is asked for."""

    def collect(self) -> Iterable[Metric]:
        """Operations by status and in all, events, and the errands that this process dropped."""
        with transaction() as session:
            held, heads = operations.counts(session), events.heads(session)
        by_status = GaugeMetricFamily(
            "callboard_operations", "How many operations there are, by status.", labels=["status"]
        )
        for status, count in held.items():
            by_status.add_metric([status], count)
        yield by_status
        yield GaugeMetricFamily("callboard_operations_accepted", "All of these together.", value=sum(held.values()))
        yield CounterMetricFamily("callboard_events", "How many numbered events there were.", value=sum(heads.values()))
        yield CounterMetricFamily(
            "callboard_errands_dropped", "How many rings and publishes this process dropped.", value=errands.dropped()
        )


REGISTRY.register(Totals())


async def metrics(request: Request) -> Response:
    """All of it in Prometheus' text format."""
    text = await in_thread(generate_latest, REGISTRY)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
