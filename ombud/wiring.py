"""
Which event causes which reaction: all of it, on one page.

Each reaction is a handler's dotted name; it runs as a job of its own, deferred in the event's transaction.
"""

from django.apps import AppConfig

from ombud.catalog import ports as catalog_ports
from ombud.connect.bridge import connectors
from ombud.conversation import ports as speaking
from ombud.intake import ports as intake_ports
from ombud.opendata.photos import ports as photo_ports
from ombud.plumbing import jobs
from ombud.service_requests import ports, screening

TELL = "ombud.conversation.handlers.tell_people"
# Tells other systems in which a request stands too.
CARRY = "ombud.connect.bridge.handlers.carry"
# Looks whether a new report repeats one that is open, or that was closed lately.
LOOK = "ombud.triage.likeness.handlers.look_for_repeats"
# Of all that changes what the public sees; see `opendata.rules.public_event`.
SEND_ON = "ombud.connect.webhooks.handlers.queue_event"

# Calls somebody where there is danger and nobody is at work.
PAGE = "ombud.triage.clocks.handlers.page"

# Links what comes in during a storm to it.
GATHER = "ombud.service_requests.storms.handlers.gather"

# Searches photos for what must be covered before anybody outside sees them.
SEARCH = "ombud.opendata.photos.handlers.came"

REACTIONS: dict[str, tuple[str, ...]] = {
    "submitted": (TELL, CARRY, SEND_ON, LOOK, PAGE, GATHER),
    "scheduled": (TELL, CARRY, SEND_ON),
    "listed": (TELL, CARRY, SEND_ON),
    "transferred": (TELL, CARRY, SEND_ON),
    "promise_moved": (TELL, SEND_ON),
    "paused": (TELL, SEND_ON),
    "resumed": (SEND_ON,),
    "question_asked": (TELL, CARRY),
    "replied": (TELL, CARRY),
    "joined": (TELL,),
    "closed": (TELL, CARRY, SEND_ON),
    "reopened": (TELL, CARRY, SEND_ON, PAGE),
    "withdrawn": (TELL, CARRY, SEND_ON),
    "accepted": (CARRY, SEND_ON),
    "assigned": (CARRY, SEND_ON),
    "inspected": (SEND_ON,),
    "service_changed": (CARRY, SEND_ON, GATHER),
    "prioritised": (CARRY, PAGE, GATHER),
    "place_corrected": (CARRY, SEND_ON, GATHER),
    "answered": (CARRY, PAGE),
    "commented": (CARRY, PAGE),
    "noted": (CARRY,),
    "corrected": (CARRY, SEND_ON),
    "photo_added": (SEARCH,),
    "photo_shown": (CARRY,),
}

# Reactions that most cities have no use for, each with the question that is asked of the event's city first.
NEEDED_WHERE: dict[str, str] = {
    CARRY: "ombud.connect.bridge.queries.is_joined",
    SEND_ON: "ombud.connect.webhooks.queries.is_heard",
    LOOK: "ombud.triage.likeness.policy.is_used",
    PAGE: "ombud.triage.clocks.queries.pages",
    GATHER: "ombud.service_requests.storms.queries.is_on",
}

# What is done by the clock: dotted names of functions that go through the cities themselves.
ROUTINES: dict[str, tuple[str, ...]] = {
    "hourly": (
        "ombud.plumbing.limits.forget",
        "ombud.connect.webhooks.handlers.tidy_all",
        "ombud.triage.words.handlers.learn_all",
        "ombud.triage.clocks.handlers.go_round_all",
        "ombud.opendata.handlers.publish_whole_all",
        "ombud.opendata.photos.handlers.look_at_lost_all",
    ),
    "often": (
        "ombud.connect.bridge.handlers.run_due",
        "ombud.service_requests.commands.pauses.resume_all",
        "ombud.service_requests.storms.handlers.go_round",
        "ombud.triage.clocks.handlers.go_round",
        "ombud.opendata.handlers.publish_all",
        "ombud.opendata.analyses.handlers.queue_due_all",
    ),
    "nightly": (
        "ombud.service_requests.commands.promises.refresh_all",
        "ombud.service_requests.commands.sweep.sweep_all",
        "ombud.triage.likeness.recurring.refresh_all",
        "ombud.connect.open311.sandbox.reset_all",
        "ombud.people.api_keys.forget_all",
        "ombud.opendata.handlers.release_counts_all",
        "ombud.opendata.handlers.tidy_all",
        "ombud.opendata.analyses.handlers.forget_all",
    ),
}


# Which connector a link of the bridge speaks through: its kind to what opens a connection, given the link's settings
# and its secrets.
CONNECTORS: dict[str, str] = {
    "open311": "ombud.connect.open311.client.system.connect",
    "graffiti": "ombud.connect.legacy.graffiti.system.connect",
    "sanitation": "ombud.connect.legacy.sanitation.system.connect",
    "street_lighting": "ombud.connect.legacy.street_lighting.system.connect",
    "street_services": "ombud.connect.legacy.street_services.system.connect",
}


# Who decides to whom a request goes, how urgent it is and by when; see `service_requests.ports`.
ROUTER = "ombud.triage.routing.live.LIVE"
# Who reads the words of a report before its number is given; see `service_requests.screening`.
SCREEN = "ombud.triage.words.watching.screen"

# Who masks personal data in what is told to others than it was written to; see `conversation.ports`.
MASK = "ombud.triage.words.keeping.masked"
# Who finds faces and writing in photos; see `opendata.photos.ports`.
DETECTOR = "ombud.connect.photo_regions.asking.look"
# Who knows whether a place is served, and which days can be chosen; see `intake.ports`.
DOORKEEPER = "ombud.triage.routing.door.DOOR"

# Who reads which part of a city's file when it is loaded; see `catalog.ports`.
READERS = {
    "publishing": "ombud.opendata.rules.rule_set.read_rule_set",
    "crosswalk": "ombud.opendata.rules.crosswalk.read_crosswalk",
}


class WiringConfig(AppConfig):
    """Hands the tables to the jobs when Django has started."""

    name = "ombud.wiring"
    label = "wiring"

    def ready(self) -> None:
        """Hand the tables in."""
        jobs.set_reactions(REACTIONS, needed_where=NEEDED_WHERE)
        jobs.set_routines(ROUTINES)
        connectors.set_connectors(CONNECTORS)
        catalog_ports.set_readers(READERS)
        ports.set_router(ROUTER)
        screening.set_screen(SCREEN)
        speaking.set_mask(MASK)
        photo_ports.set_detector(DETECTOR)
        intake_ports.set_doorkeeper(DOORKEEPER)
