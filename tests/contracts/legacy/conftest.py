"""What tests of the connectors stand on: each against a stand-in of its system, over the real protocol."""

import pytest
from django.conf import LazySettings


@pytest.fixture(autouse=True)
def _loopback_may_be_called(settings: LazySettings) -> None:
    settings.OMBUD_OUTGOING_NETWORKS = ["127.0.0.0/8"]
