"""What waits, waits in SQL as in Python, by the rule of its service: the longest delay counts."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.definition import Visibility
from ombud.opendata.rules.rule_set import Rule, RuleSet, Tightened
from ombud.service_requests.rules.delays import holds_back
from tests.conftest import NOON

DAYS = st.integers(0, 9)
RULES = st.builds(
    RuleSet,
    public=st.builds(Rule, rows=st.booleans(), delay_days=DAYS),
    public_coarse=st.builds(Rule, rows=st.booleans(), delay_days=DAYS),
    services=st.dictionaries(st.sampled_from("AB"), st.builds(Tightened, delay_days=st.none() | DAYS)),
)


@given(RULES, st.sampled_from("ABC"), st.sampled_from(Visibility), st.integers(1, 10 * 24))
def test_who_lists_leaves_out_what_the_rule_does_not_list(
    rules: RuleSet, service: str, visibility: Visibility, hours: int
) -> None:
    asked = NOON - timedelta(hours=hours)
    waits = holds_back(rules.delays, visibility=visibility, service_code=service, requested_at=asked, now=NOON)
    listed = visibility in rules.listed and not waits
    assert listed == rules.rule_for(service, visibility).is_listed(asked, now=NOON)
