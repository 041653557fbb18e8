"""
Jobs: deferred in the transaction that causes them, run by `ombud worker`, at least once.

Procrastinate stays behind this file. A reaction is a handler's name and the id of an event; the table of
which event causes which reactions is `ombud.wiring`, handed in at start.
"""

import importlib
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import procrastinate
from django.db import close_old_connections, connection, transaction
from procrastinate.contrib.django import app as _app

from ombud.plumbing import visit, walls

log = logging.getLogger(__name__)

_reactions: dict[str, tuple[str, ...]] = {}
_needed_where: dict[str, str] = {}
_routines: dict[str, tuple[str, ...]] = {}

MOST_ATTEMPTS = 8
RETRY = procrastinate.RetryStrategy(max_attempts=MOST_ATTEMPTS, exponential_wait=3)
# A worker gives a sign of life every five seconds; one that was silent so long is taken for dead.
SECONDS_OF_SILENCE = 20.0


def on_app_ready(app: procrastinate.App) -> None:
    """Give Procrastinate our tasks when Django has started."""
    app.add_tasks_from(tasks, namespace="ombud")


tasks = procrastinate.Blueprint()


def set_reactions(reactions: Mapping[str, Iterable[str]], *, needed_where: Mapping[str, str]) -> None:
    """
    Take the table of reactions: kind of event to the dotted names of its handlers.

    `needed_where` names for some handlers the question, asked of a city, whether it has any use for them.
    """
    _reactions.clear()
    _reactions.update({kind: tuple(handlers) for kind, handlers in reactions.items()})
    _needed_where.clear()
    _needed_where.update(needed_where)


def set_routines(routines: Mapping[str, Iterable[str]]) -> None:
    """Take the table of routines: `often`, `hourly` and `nightly` to the dotted names of what is then done."""
    _routines.clear()
    _routines.update({when: tuple(names) for when, names in routines.items()})


def reactions_to(kind: str, *, city: str) -> list[str]:
    """Return the names of the handlers that react to a kind of event in a city."""
    return [handler for handler in _reactions.get(kind, ()) if _is_needed(handler, city)]


def defer_reactions(*, city: str, kind: str, event_id: int, lock: str) -> None:
    """Defer one job for each reaction that its city needs, in the present transaction and in one statement."""
    if handlers := reactions_to(kind, city=city):
        _app.configure_task("ombud:react", queue="reactions", lock=lock).batch_defer(
            *[dict[str, Any](city=city, event_id=event_id, handler=handler) for handler in handlers]
        )


def defer(
    handler: str, *, city: str, subject_id: int, lock: str | None = None, not_before: datetime | None = None
) -> None:
    """Defer one job that is not a reaction to an event: send a message, look at a photo."""
    _app.configure_task("ombud:run", queue="work", lock=lock, schedule_at=not_before).defer(
        city=city, subject_id=subject_id, handler=handler
    )


@tasks.task(name="react", queue="reactions", retry=RETRY)
def react(*, city: str, event_id: int, handler: str) -> None:
    """Run one reaction once: its mark and what it does commit together, and it sees one state of the catalogue."""
    close_old_connections()
    try:
        with walls.inside(city), visit.begun(), transaction.atomic():
            if _first_time(city, event_id, handler):
                _resolve(handler)(event_id)
    finally:
        close_old_connections()


@tasks.task(name="run", queue="work", retry=RETRY)
def run(*, city: str, subject_id: int, handler: str) -> None:
    """Run one job; the handler looks itself whether its work is already done."""
    close_old_connections()
    try:
        with walls.inside(city):
            _resolve(handler)(subject_id)
    finally:
        close_old_connections()


@tasks.periodic(cron="17 * * * *")
@tasks.task(name="hourly", queue="work", queueing_lock="hourly", pass_context=False)
def hourly(timestamp: int) -> None:
    """Do what is done every hour."""
    _do_routine("hourly")


@tasks.periodic(cron="* * * * * */15", periodic_id="often")
@tasks.task(name="often", queue="work", queueing_lock="often", pass_context=False)
def often(timestamp: int) -> None:
    """Do what is done every quarter of a minute."""
    _do_routine("often")


# In the small hours of the Americas; each city's own night would need a task a city.
@tasks.periodic(cron="40 9 * * *")
@tasks.task(name="nightly", queue="work", queueing_lock="nightly", pass_context=False)
def nightly(timestamp: int) -> None:
    """Do what is done every night."""
    _do_routine("nightly")


def _do_routine(when: str) -> None:
    """Do each in its turn. What goes wrong with one is written down and holds up no other; it comes again anyway."""
    for name in _routines.get(when, ()):
        close_old_connections()
        try:
            module, _, function = name.rpartition(".")
            getattr(importlib.import_module(module), function)()
        except Exception:
            log.exception("%s went wrong and is done again next time", name)
        finally:
            close_old_connections()


@tasks.periodic(cron="* * * * * */15", periodic_id="take_up_again")
@tasks.task(name="take_up_again", queue="upkeep", queueing_lock="take_up_again", pass_context=True)
async def take_up_again(context: procrastinate.JobContext, timestamp: int) -> None:
    """
    Give the jobs of a worker that was killed to another one.

    They would stay "doing" for ever, and hold back with their lock all that concerns the same request. Should
    the worker have been slow and not dead, a job runs twice at once: what it does is marked, or held, as its own.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SECONDS_OF_SILENCE):
        log.error("Job %s was left behind by a worker that is gone", job.id)
        if job.attempts >= MOST_ATTEMPTS:  # it may be what kills them
            await manager.finish_job(job, procrastinate.jobs.Status.FAILED, delete_job=False)
        else:
            await manager.retry_job(job)


def _is_needed(handler: str, city: str) -> bool:
    asked = _needed_where.get(handler)
    return asked is None or bool(_resolve(asked)(city))


def _first_time(city: str, event_id: int, handler: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ombud_reaction (jurisdiction_id, event_id, handler) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [city, event_id, handler],
        )
        return bool(cursor.rowcount == 1)


def _resolve(dotted: str) -> Callable[[Any], Any]:
    module, _, name = dotted.rpartition(".")
    resolved: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
    return resolved


def worker_app() -> procrastinate.App:
    """Return the app with the connector a worker process needs."""
    connector: Any = _app.connector
    return _app.with_connector(connector.get_worker_connector())
