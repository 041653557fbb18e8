"""
The JSON API against its own description: whatever the OpenAPI document allows, and what it does not, is asked of the
running server. It answers what it says it answers, and never breaks.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.journeys.conftest import Town

pytestmark = pytest.mark.journey
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES, MANY = 120, 5_000
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
# What the description allows; and where it forbids anything at all, what it forbids.
ASKED = [
    ("POST /requests", POSITIVE),
    ("POST /requests", NEGATIVE),
    ("POST /suggestions", POSITIVE),
    ("POST /suggestions", NEGATIVE),
    ("GET /requests/{number}", POSITIVE),
    ("GET /events", POSITIVE),
    ("GET /events", NEGATIVE),
    ("GET /services", POSITIVE),
    ("GET /services/{code}", POSITIVE),
]


@pytest.fixture(scope="module")
def described(town: Town) -> dict[str, Any]:
    """Each operation of the API, as it describes itself."""
    schema = schemathesis.openapi.from_url(f"{town.url}/springfield/api/v1/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    return {f"{one.method.upper()} {one.path.removeprefix('/springfield/api/v1')}": one for one in found}


def test_every_operation_is_asked(described: dict[str, Any]) -> None:
    assert set(described) == {name for name, _ in ASKED}


@pytest.mark.parametrize(("name", "mode"), ASKED, ids=[f"{name}, {mode.value}" for name, mode in ASKED])
def test_it_answers_what_it_says_it_answers(
    described: dict[str, Any], name: str, mode: GenerationMode, request: pytest.FixtureRequest
) -> None:
    operation = described[name]

    @seed(311)
    @settings(
        max_examples=MANY if request.config.getoption("soak") else EXAMPLES,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, timeout=20)

    ask()


WHERE = {"lon": -93.29, "lat": 37.21}


def test_a_report_of_a_service_that_is_here_is_kept_or_refused(
    described: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    statuses = set()

    @seed(312)
    @settings(
        max_examples=MANY if request.config.getoption("soak") else EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(described["POST /requests"].as_strategy(generation_mode=POSITIVE), st.booleans(), st.booleans())
    def ask(case: Any, placed: bool, answered: bool) -> None:
        case.body |= {"service_code": "POTHOLE", **(WHERE if placed else {}), "email": "", "phone": ""}
        case.body |= {"answers": {"size": "small"}, "same_as": ""} if answered else {}
        statuses.add(case.call_and_validate(checks=CHECKS, timeout=20).status_code)

    ask()
    assert {201, 422} <= statuses
