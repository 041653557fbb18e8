"""What a link by Open311 needs: checked when it is saved and when it is opened."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from ombud.connect.legacy.opening import LinkSettings


class Settings(LinkSettings):
    """The settings; `docs/reference/open311-client.md` explains each."""

    url: str = Field(min_length=8, max_length=500)
    jurisdiction_id: str = Field(default="", max_length=100)
    format: Literal["auto", "json", "xml"] = "auto"
    test_endpoint: bool = False
    page_size: int = Field(default=100, ge=1, le=1000)
    # How it is known again what we made: by the server itself, by an attribute, by a line in the description, or not.
    own_ref: Literal["external_id", "attribute", "description", "none"] = "description"
    own_ref_attribute: str = Field(default="", max_length=60)
    # What changed is asked by its change, or everything of the last days is read each time.
    changes: Literal["updated_after", "window"] = "updated_after"
    window_days: int = Field(default=90, ge=1, le=90)
    history_days: int = Field(default=365, ge=0, le=36_500)
    # Whether it has `servicerequestupdates`.
    updates: bool = False
    update_words: str = Field(default="The status has changed.", max_length=300)
    extensions: bool = True
    # Sent with every reading, for servers that need a place or a locale to answer at all.
    params: dict[str, str] = {}
    token_seconds: float = Field(default=15.0, ge=0, le=120)


def read_settings(told: Mapping[str, Any]) -> Settings:
    """Return the settings. Raises BadInput with all that is wrong."""
    return Settings.read(told, connector=NAME)


NAME = "open311"
