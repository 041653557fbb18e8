"""What every connector's settings share: checked when a link is opened. Secrets are never among them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ombud.kernel.errors import N_, BadInput


class LinkSettings(BaseModel):
    """The settings of a link that every connector has; an unknown one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: str
    timeout_seconds: float = Field(default=20.0, gt=0, le=300)
    # How far the two clocks may be apart; what changed so long before the last reading is read again.
    overlap_seconds: int = Field(default=120, ge=0, le=86_400)

    @model_validator(mode="after")
    def _zone_exists(self) -> Self:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"timezone: there is no zone {self.timezone}") from None
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the wall clock that the other system writes its times by."""
        return ZoneInfo(self.timezone)

    @property
    def overlap(self) -> timedelta:
        """The overlap as a length of time."""
        return timedelta(seconds=self.overlap_seconds)

    @classmethod
    def read(cls, told: Mapping[str, Any], *, connector: str) -> Self:
        """Return the settings. Raises BadInput with all that is wrong."""
        try:
            return cls.model_validate(dict(told))
        except ValidationError as refused:
            why = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'settings'}: {one['msg']}" for one in refused.errors())
            raise BadInput(
                N_("The settings of %(connector)s: %(why)s"), field="settings", connector=connector, why=why
            ) from None


def secret_of(secrets: Mapping[str, str], name: str) -> str:
    """Return the secret that a connector calls by this name. Raises BadInput where the link has none."""
    if found := secrets.get(name):
        return found
    raise BadInput(N_("This link needs the secret “%(name)s”."), field="secrets", name=name)
