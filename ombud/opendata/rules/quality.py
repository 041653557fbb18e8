"""The rules that a row of the record should keep, each as a condition of SoQL that broken rows fulfil. Pure."""

from dataclasses import dataclass

from ombud.kernel.errors import N_


@dataclass(frozen=True, slots=True)
class Check:
    """Something that should not be, and how rows with it are found."""

    code: str
    words: str
    where: str


# What a request may lack; lacking is not wrong, but whoever counts by it has to know.
LACKING = (
    Check("place", N_("no place"), "latitude IS NULL"),
    Check("address", N_("no address"), "address IS NULL"),
    Check("outcome", N_("closed without an outcome, or the other system did not say"),
          "status = 'closed' AND (outcome IS NULL OR outcome = 'unstated')"),
    Check("closing", N_("closed without a time of closing"), "status = 'closed' AND closed_datetime IS NULL"),
    Check("target", N_("no target to be done by"), "target_datetime IS NULL"),
)  # fmt: skip
BROKEN = (
    Check("closed-early", N_("closed before it was requested"), "closed_datetime < requested_datetime"),
    Check("open-closed", N_("open, but with a time of closing"), "status = 'open' AND closed_datetime IS NOT NULL"),
    Check("future", N_("requested after it was published"), "requested_datetime > '{now}'"),
    Check("nowhere", N_("a place at zero degrees"), "latitude = 0 AND longitude = 0"),
)


def counts_soql(checks: tuple[Check, ...], *, now: str) -> str:
    """Return the query that counts the rows of each check; `now` is the city's time as SoQL writes it."""
    counted = (
        f"count(*) FILTER (WHERE {one.where.format(now=now)}) AS check_{place}" for place, one in enumerate(checks)
    )
    return "SELECT count(*) AS n,\n  " + ",\n  ".join(counted)
