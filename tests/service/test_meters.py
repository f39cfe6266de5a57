"""Measuring together: what any process counted, all can tell; the dead leave their counts and nothing else."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import prometheus_client
import pytest

from service import meters, metrics
from service.seats import PREFIX, private_folder, share


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not begun to measure."""
    monkeypatch.setattr(meters, "_meters", None)
    monkeypatch.setattr(prometheus_client.values, "ValueClass", prometheus_client.values.MutexValue)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")


def told() -> dict[str, float]:
    """What `/metrics` would say, by series."""
    text, _ = meters.exposition()
    lines = (line.rpartition(" ") for line in text.decode().splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


def in_a_child(work: Callable[[], None]) -> int:
    """Run it in a forked child, to its end; its exit status."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


@pytest.mark.usefixtures("alone")
def test_until_it_begins_nothing_is_measured_and_the_library_is_not_even_loaded() -> None:
    meters.count(metrics.PARKED)

    assert told() == {}
    code = "import sys, service.store.session, service.handoff; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.usefixtures("alone")
def test_without_a_folder_a_process_measures_for_itself() -> None:
    meters.begin()
    meters.count(metrics.PARKED, by=2)
    meters.count(metrics.SUBMISSIONS, "accepted")
    meters.begin()  # again: nothing is lost

    assert told()["moderato_parked_total"] == 2
    assert told()['moderato_submissions_total{outcome="accepted"}'] == 1
    assert told()['moderato_submissions_total{outcome="limited"}'] == 0


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("together", [True, False])
def test_several_observations_at_once_are_what_the_library_makes_of_each(tmp_path: Path, *, together: bool) -> None:
    spent = [0.00005, 0.0001, 0.0002, 5, 11]
    reference = prometheus_client.CollectorRegistry()
    histogram = prometheus_client.Histogram(
        "moderato_check_seconds", "", ("check",), buckets=metrics.CHECK_SECONDS.buckets, registry=reference
    )
    for seconds in spent:
        histogram.labels("links").observe(seconds)
    meters.begin(tmp_path if together else None)

    meters.observe_all(metrics.CHECK_SECONDS, spent[:3], "links")
    meters.observe(metrics.CHECK_SECONDS, spent[3], "links")
    meters.observe(metrics.CHECK_SECONDS, spent[4], "links")

    found = told()
    expected = [sample for metric in reference.collect() for sample in metric.samples if "_created" not in sample.name]
    assert len(expected) == len(metrics.CHECK_SECONDS.buckets) + 3
    for sample in expected:
        labels = ",".join(f'{name}="{sample.labels[name]}"' for name in ("check", "le") if name in sample.labels)
        assert found[f"{sample.name}{{{labels}}}"] == pytest.approx(sample.value)


@pytest.mark.usefixtures("alone")
def test_what_children_count_is_told_by_the_parent(tmp_path: Path) -> None:
    meters.begin(tmp_path)
    meters.count(metrics.PARKED)

    for _ in range(3):
        assert in_a_child(lambda: meters.count(metrics.PARKED, by=10)) == 0

    assert told()["moderato_parked_total"] == 31


@pytest.mark.usefixtures("alone")
def test_however_many_die_their_files_do_not_pile_up(tmp_path: Path) -> None:
    meters.begin(tmp_path)

    for _ in range(20):
        assert in_a_child(lambda: meters.count(metrics.PARKED)) == 0

    assert told()["moderato_parked_total"] == 20
    assert len(list(tmp_path.glob("counter_*.db"))) == 2


@pytest.mark.usefixtures("alone")
def test_a_child_that_is_killed_leaves_its_counts_and_holds_no_connection_any_more(tmp_path: Path) -> None:
    meters.begin(tmp_path)
    meters.shift(metrics.CONNECTIONS, 1)

    def work() -> None:
        meters.count(metrics.PARKED)
        meters.shift(metrics.CONNECTIONS, 5)
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_a_child(work) == signal.SIGKILL

    assert told()["moderato_parked_total"] == 1
    assert told()["moderato_database_connections"] == 1


@pytest.mark.usefixtures("alone")
def test_two_that_live_at_once_have_a_seat_each(tmp_path: Path) -> None:
    meters.begin(tmp_path)
    ready, leave = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        meters.shift(metrics.CONNECTIONS, 2)
        os.write(ready[1], b"x")
        os.read(leave[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    meters.shift(metrics.CONNECTIONS, 1)

    assert told()["moderato_database_connections"] == 3
    os.write(leave[1], b"x")
    os.waitpid(child, 0)
    assert told()["moderato_database_connections"] == 1
    for end in (*ready, *leave):
        os.close(end)


@pytest.mark.usefixtures("alone")
def test_a_folder_that_can_not_be_used_costs_no_service(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    meters.begin(tmp_path / "file")
    meters.count(metrics.PARKED)

    assert told()["moderato_parked_total"] == 1


@pytest.mark.usefixtures("alone")
def test_measuring_that_fails_never_costs_a_comment() -> None:
    meters.begin()

    meters.count(metrics.PARKED, "a label that there isn't")

    assert told() == {}
    meters.count(metrics.PARKED)


def test_a_private_folder_is_ours_alone_and_those_of_the_dead_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = "import os; from service.seats import private_folder; print(private_folder(), flush=True); os._exit(1)"
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    died = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    left = Path(died.stdout.strip())
    assert left.is_dir()

    first, second = private_folder(), private_folder()

    assert not left.exists()
    assert first.is_dir()
    assert second.is_dir()
    assert first.name.startswith(PREFIX)
    assert first.stat().st_mode & 0o777 == 0o700


def test_a_process_that_ends_takes_its_private_folder_with_it(tmp_path: Path) -> None:
    code = "from service.seats import share; print(share())"
    env = {**os.environ, "TMPDIR": str(tmp_path), "MODERATO_METRICS_DIR": ""}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)

    assert Path(done.stdout.strip()).parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_without_any_place_to_write_each_measures_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODERATO_METRICS_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")

    assert share() == ""


def test_who_was_given_a_folder_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATO_METRICS_DIR", str(tmp_path))

    assert share() == str(tmp_path)
