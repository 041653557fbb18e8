"""What the web server runs: pages and APIs by Django's WSGI application, live events beside, on one port."""

import asyncio
import contextlib
import os
import signal
import threading
from types import FrameType
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ombud.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from ombud.plumbing import live
from ombud.plumbing.live import Receive, Scope, Send
from ombud.plumbing.wsgi_bridge import Pages, without_forgeries

THREADS = 8
MOST_WAITING = 400

pages = Pages(
    get_wsgi_application(),
    threads=THREADS,
    most_waiting=MOST_WAITING,
    # A form with as many photos as it may have, and room for its words.
    most_bytes=settings.OMBUD_PHOTO_MAX_BYTES * (settings.DATA_UPLOAD_MAX_NUMBER_FILES or 1) + 10_000_000,
)
streams = live.Application()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Send each request to the one it is for."""
    match scope["type"]:
        case "http" if scope["path"].endswith("/live"):
            await streams(without_forgeries(scope), receive, send)
        case "http":
            await pages(without_forgeries(scope), receive, send)
        case "lifespan":
            await _live_through(receive, send)
        case "websocket":
            await send({"type": "websocket.close", "code": 1000})


async def _live_through(receive: Receive, send: Send) -> None:
    from ombud.triage.words import cities  # its models can be imported once the pages are there

    message: Any = await receive()
    streams.start()
    threading.Thread(target=cities.read_ahead, daemon=True).start()
    _end_streams_when_told()
    await send({"type": "lifespan.startup.complete"})
    while message["type"] != "lifespan.shutdown":
        message = await receive()
    await streams.stop()
    pages.stop()
    await send({"type": "lifespan.shutdown.complete"})


def _end_streams_when_told() -> None:
    """
    End the streams at the signal to stop, and not at the end of the lifespan.

    The server speaks of that end only when its connections are closed, and a stream would keep its own open.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def told(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(streams.hub.close)
            if callable(before):
                before(number, frame)

        with contextlib.suppress(ValueError):  # a server that runs us outside its main thread
            signal.signal(number, told)
