"""`ombud demo`: set everything up once, then serve Los Angeles and New York."""

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser

from ombud.connect import demo, demo_links
from ombud.plumbing import command
from ombud.plumbing.management.commands import serve


class Command(command.Command):
    """Serve the two demo cities, with worker and live events; loads them first where they are not yet there."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where to serve, and whether to."""
        parser.add_argument("--port", type=int, default=8311)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--only-load", action="store_true", help="load the cities and stop")
        parser.add_argument("--without-requests", action="store_true", help="leave out the past requests")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, say how to get in, serve."""
        url = f"http://localhost:{options['port']}"
        os.environ["OMBUD_DEMO"] = "true"
        os.environ["OMBUD_PUBLIC_URL"] = settings.OMBUD_PUBLIC_URL = url
        # What is tried out with the demo runs beside it.
        os.environ.setdefault("OMBUD_OUTGOING_NETWORKS", "127.0.0.0/8,::1/128")
        settings.OMBUD_OUTGOING_NETWORKS = os.environ["OMBUD_OUTGOING_NETWORKS"].split(",")
        os.environ.update(demo_links.secrets())
        settings.OMBUD_LINK_SECRETS = {**settings.OMBUD_LINK_SECRETS, **demo_links.secrets()}
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        for line in demo.prepare(requests=not options["without_requests"]):
            self.stdout.write(f"  {line}")
        for line in demo_links.prepare(requests=not options["without_requests"]):
            self.stdout.write(f"  {line}")
        sheet = demo.write_sheet(url)
        self.stdout.write(f"\n  {url}/la/   {url}/nyc/   mail: {url}/mailbox/\n")
        for sign_in in demo.sign_ins():
            self.stdout.write(f"  {sign_in.role:28} {sign_in.user:24} {sign_in.password}")
        self.stdout.write(f"  The second factor of all of them: {demo.OTP_SECRET} (also in {sheet})\n")
        if not options["only_load"]:
            server = serve.Command()
            server.beside = demo_links.children()
            call_command(server, port=options["port"], host=options["host"])
