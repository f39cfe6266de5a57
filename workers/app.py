"""The Celery application: `celery -A workers.app worker` and `moderato worker` are the same thing.

Redis carries wake-ups only, so nothing here is for safety: messages are acknowledged early and never given back, and
results are not kept. What Redis loses, the claim and the sweep find.
"""

import gc
import logging
import os
import signal
from typing import Any

from celery import Celery, bootsteps
from celery.signals import setup_logging, worker_init, worker_process_init
from celery.worker import state
from kombu import Queue
from kombu.transport.virtual import QoS

from service import handoff, logs
from service.domain.comment import Lane
from service.lifeline import die_with_parent
from service.settings import Settings
from workers.classifier.serving import serving
from workers.limits import bound_memory
from workers.pool import Pool, place_of_this_process
from workers.room import get_ready, measure_together
from workers.standby import wait_for_the_schema
from workers.sweep import Sweep
from workers.undertaker import succeed
from workers.witness import take_place

# A closing connection gives nothing back: what it would give back are hints, and the connection may be gone.
QoS.restore_at_shutdown = False

settings = Settings.from_env(os.environ)

app = Celery("moderato", broker=handoff.broker_url(settings), include=["workers.tasks"])
app.conf.update(
    task_default_queue=Lane.JUDGE.value,
    task_queues=[Queue(lane) for lane in handoff.LANES],
    task_routes={task: str(lane) for lane, task in handoff.TASK_OF.items()}
    | dict.fromkeys((handoff.TIDY, handoff.REMIND, handoff.LEARN, handoff.EARN, handoff.FOLLOW), handoff.UPKEEP_LANE),
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=False,
    task_time_limit=settings.task_seconds,
    worker_prefetch_multiplier=1,
    worker_proc_alive_timeout=30.0,  # seconds to get ready, on a machine that is busy
    worker_max_tasks_per_child=20_000,
    worker_max_memory_per_child=settings.worker_memory * 400,  # kilobytes
    worker_pool="workers.pool:Pool",
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,  # of late ones, which we haven't: it only stops a warning
    worker_enable_prefetch_count_reduction=False,
    worker_send_task_events=False,
    broker_connection_retry=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_channel_error_retry=True,  # a Redis that is full, or a replica, ends no worker and no sweep
    broker_pool_limit=4,
    broker_transport_options={
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 15,
        # No bookkeeping of unacknowledged messages: they are only hints. It is also what ends the whole worker when
        # Redis goes away at the wrong moment (kombu gives back messages over the connection that has just gone).
        "ack_emulation": False,
    },
    event_queue_prefix="moderato-events",
    timezone="UTC",
    beat_schedule={
        "tidy": {"task": handoff.TIDY, "schedule": 600.0, "options": {"expires": 500}},
        "remind": {"task": handoff.REMIND, "schedule": 60.0, "options": {"expires": 50}},
        "earn": {"task": handoff.EARN, "schedule": 60.0, "options": {"expires": 50}},
        "follow": {"task": handoff.FOLLOW, "schedule": 5.0, "options": {"expires": 4}},
        "learn": {"task": handoff.LEARN, "schedule": 20.0, "options": {"expires": 15}},
    },
)


class SweepStep(bootsteps.StartStopStep):
    """Starts the sweep with the worker, after its pool has forked and before it needs Redis."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._sweep: Sweep | None = None

    def start(self, worker: Any) -> None:
        measure_together(settings)
        self._sweep = Sweep(settings, worker.app.amqp.queues.consume_from, _begun)
        self._sweep.say_alive()
        if isinstance(worker.pool, Pool):
            worker.pool.tell_when_gone(self._sweep.bury)
            worker.pool.grace = settings.stop_seconds
        self._sweep.start()
        gc.freeze()  # as in a child: else it holds up all tasks for a tenth of a second

    def stop(self, worker: Any) -> None:  # noqa: ARG002 - celery's signature
        if self._sweep is not None:
            self._sweep.stop()

    def terminate(self, worker: Any) -> None:
        self.stop(worker)


def _begun() -> int:
    """How many tasks the pool of this worker has begun."""
    return sum(state.total_count.values())


app.steps["worker"].add(SweepStep)


@setup_logging.connect
def _log_as_the_house_does(**_: Any) -> None:
    logs.configure(settings.log_level)
    logging.getLogger("celery").setLevel(logging.INFO)


@worker_init.connect
def _wait_for_the_schema(**_: Any) -> None:
    logs.configure(settings.log_level)
    wait_for_the_schema(settings)
    succeed(settings)
    serving(settings.model_dir)  # once, and before the pool forks: its processes have the model in common


@worker_process_init.connect
def _begin_in_child(**_: Any) -> None:
    """A child of the pool: if its worker is killed it doesn't go on as an orphan, and it is ready when it is called."""
    die_with_parent(signal.SIGKILL)
    bound_memory(settings.worker_memory)
    measure_together(settings)
    if (place := place_of_this_process()) is not None:
        take_place(place)
    get_ready()
