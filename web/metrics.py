"""Every metric that /metrics tells, in one place."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

import prometheus_client
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from callboard import account, catalogue, errands
from callboard.account import Balance
from callboard.contradictions import Kind
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
CUT = prometheus_client.Counter(
    "callboard_viewers_cut", "How many viewers were too slow and were cut.", registry=REGISTRY
)


TOLD: Mapping[str, tuple[str, Callable[[Balance], int]]] = {
    "callboard_account_accepted": ("Operations that were ever accepted.", attrgetter("accepted")),
    "callboard_account_pending": ("Accepted operations that wait.", attrgetter("pending")),
    "callboard_account_running": ("Accepted operations that run.", attrgetter("running")),
    "callboard_account_ended": ("Accepted operations that have ended.", attrgetter("ended")),
}


class Totals(Collector):
    """What the account says when it is asked for, and the errands that this process dropped."""

    def collect(self) -> Iterable[Metric]:
        """Sums over all projects, findings by kind, workers by status; none of it counts what has ended."""
        with transaction() as session:
            balances = account.balances(session)
            found, unchecked = account.findings_by_kind(session), account.unchecked_seconds(session)
            workers = Counter(worker.status for worker in catalogue.workers(session, alive=False))
        for name, (told, value) in TOLD.items():
            yield GaugeMetricFamily(name, told, value=sum(map(value, balances)))
        lost = sum(balance.lost for balance in balances) + found[Kind.ROW_MISSING]
        yield GaugeMetricFamily("callboard_lost", "Accepted operations that are nowhere.", lost)
        doubled = sum(balance.doubled for balance in balances) + found[Kind.ENDED_TWICE]
        yield GaugeMetricFamily("callboard_doubled", "Operations beyond the accepted ones, or ended twice.", doubled)
        yield _labelled("callboard_operations", "Operations by status.", "status", account.by_status(balances))
        yield _labelled("callboard_account_findings", "Contradictions in the records, by kind.", "kind", found)
        yield _labelled("callboard_workers", "Workers by status.", "status", workers)
        oldest = "Seconds since the project that is next was reconciled."
        yield GaugeMetricFamily("callboard_account_unchecked_seconds", oldest, unchecked)
        numbered = sum(balance.events for balance in balances)
        yield CounterMetricFamily("callboard_events", "How many numbered events there were.", value=numbered)
        yield CounterMetricFamily(
            "callboard_errands_dropped", "How many rings and publishes this process dropped.", value=errands.dropped()
        )


def _labelled(name: str, told: str, label: str, values: Mapping[Any, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], value)
    return family


REGISTRY.register(Totals())


async def metrics(request: Request) -> Response:
    """All of it in Prometheus' text format."""
    text = await in_thread(generate_latest, REGISTRY)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
