"""Measuring. The one place that knows the Prometheus library; until `begin` is called, nothing is measured.

Without a folder a process measures for itself. With one, it measures together with all who were given the same: any
of them can say what all have counted.
"""

import os
import struct
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import structlog

from service import metrics
from service.metrics import Kind, Metric, Place
from service.seats import Seat, forget_the_dead

Reading = tuple[Metric, tuple[str, ...], float]
"""A gauge's value at this moment: the metric, its labels' values, the number."""

_READS: Final = 5
_log = structlog.get_logger(__name__)


class Meters:
    """The instruments of one process."""

    def __init__(self, folder: Path | None) -> None:
        import prometheus_client as prometheus
        from prometheus_client import values

        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        self.folder = folder
        if folder is None:
            values.ValueClass = values.MutexValue
        else:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
            values.ValueClass = values.MultiProcessValue(Seat(folder))  # type: ignore[no-untyped-call]
        self.registry = prometheus.CollectorRegistry()
        self._instruments = {
            metric: self._instrument(metric) for metric in metrics.METRICS if metric.place is not Place.DATABASE
        }
        self._children: dict[tuple[Metric, tuple[str, ...]], Any] = {}

    def at(self, metric: Metric, labels: tuple[str, ...]) -> Any:
        key = (metric, labels)
        found = self._children.get(key)
        if found is None:
            instrument = self._instruments[metric]
            found = self._children[key] = instrument.labels(*labels) if labels else instrument
        return found

    def _instrument(self, metric: Metric) -> Any:
        import prometheus_client as prometheus

        named: dict[str, Any] = {"labelnames": tuple(metric.labels), "registry": self.registry}
        if metric.kind is Kind.COUNTER:
            made: Any = prometheus.Counter(metric.series, metric.about, **named)
        elif metric.kind is Kind.HISTOGRAM:
            made = prometheus.Histogram(metric.series, metric.about, buckets=metric.buckets, **named)
        else:
            made = prometheus.Gauge(metric.series, metric.about, multiprocess_mode="livesum", **named)
        known = list(metric.labels.values())
        if len(known) == 1 and isinstance(known[0], tuple):
            for value in known[0]:
                made.labels(value)  # 0 from the beginning: the first time is an increase that alerts can see
        return made


_meters: Meters | None = None
_turn = threading.Lock()
"""Nobody forks in the middle of a count: the child would wait for ever for a lock whose holder it hasn't got."""
os.register_at_fork(before=_turn.acquire, after_in_parent=_turn.release, after_in_child=_turn.release)


def begin(folder: str | Path | None = None) -> None:
    """Measure from now on. Again with the same folder changes nothing; a folder that can't be used costs no service."""
    global _meters  # noqa: PLW0603 - a process has one set of instruments, as it has one log
    wanted = Path(folder) if folder else None
    if _meters is not None and _meters.folder == wanted:
        return
    with _turn:
        try:
            _meters = Meters(wanted)
        except OSError as error:
            _log.warning("the metrics' folder can't be used; this process measures alone", error=error.strerror)
            _meters = Meters(None)


def count(metric: Metric, *labels: str, by: float = 1) -> None:
    _measure(_inc, metric, labels, by)


def shift(metric: Metric, by: float) -> None:
    """Move a gauge up or down."""
    _measure(_inc, metric, (), by)


def observe(metric: Metric, seconds: float, *labels: str) -> None:
    _measure(_observe, metric, labels, (max(0.0, seconds),))


def observe_all(metric: Metric, seconds: Sequence[float], *labels: str) -> None:
    """Several at once, for little more than one costs."""
    _measure(_observe, metric, labels, seconds)


def _inc(instrument: Any, by: Any) -> None:
    instrument.inc(by)


def _observe(instrument: Any, seconds: Any) -> None:
    """What the library's `observe` does for one: it has nothing for many, and here they are many."""
    instrument._sum.inc(sum(seconds))  # noqa: SLF001
    for bucket, number in Counter(bisect_left(instrument._upper_bounds, each) for each in seconds).items():  # noqa: SLF001
        instrument._buckets[bucket].inc(number)  # noqa: SLF001


def _measure(how: Callable[[Any, Any], None], metric: Metric, labels: tuple[str, ...], amount: Any) -> None:
    global _meters  # noqa: PLW0603 - as above
    if _meters is None:
        return
    try:
        with _turn:
            how(_meters.at(metric, labels), amount)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with measuring, the comment goes on
        _meters = None
        _log.error("measuring failed and is over in this process", error=type(error).__name__)


def exposition(now: Iterable[Reading] = ()) -> tuple[bytes, str]:
    """All that was measured, and what is read now, as Prometheus wants it; and the content type."""
    import prometheus_client as prometheus

    return prometheus.generate_latest(_registry(_Counted(), _Read(now))), prometheus.CONTENT_TYPE_LATEST


def serve(port: int, host: str) -> None:
    """Answer on a port of its own, in a thread, what this process and those it starts have measured.

    Raises OSError when the port can't be had.
    """
    import prometheus_client as prometheus

    prometheus.start_http_server(port, host, _registry(_Counted()))


def _registry(*collectors: Any) -> Any:
    import prometheus_client as prometheus

    made = prometheus.CollectorRegistry()
    for collector in collectors:
        made.register(collector)
    return made


class _Counted:
    """What was measured: by this process, or by all who share its folder."""

    def collect(self) -> Iterable[Any]:
        return _collected()


class _Read:
    """What was read a moment ago."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = list(readings)

    def collect(self) -> Iterable[Any]:
        from prometheus_client.core import GaugeMetricFamily

        families: dict[str, Any] = {}
        for metric, labels, value in self._readings:
            if metric.name not in families:
                families[metric.name] = GaugeMetricFamily(metric.name, metric.about, labels=list(metric.labels))
            families[metric.name].add_metric(labels, value)
        return families.values()


def _collected() -> list[Any]:
    if _meters is None:
        return []
    if _meters.folder is None:
        return list(_meters.registry.collect())
    return _together(_meters.folder)


def _together(folder: Path) -> list[Any]:
    """What all have measured. A file that is just being made is read again."""
    from prometheus_client import multiprocess

    forget_the_dead(folder)
    for left in reversed(range(_READS)):
        try:
            return list(multiprocess.MultiProcessCollector(None, str(folder)).collect())  # type: ignore[no-untyped-call]
        except (OSError, RuntimeError, ValueError, struct.error) as error:
            if not left:
                _log.warning("the metrics' files could not be read", error=type(error).__name__)
        time.sleep(0.01)
    return []
