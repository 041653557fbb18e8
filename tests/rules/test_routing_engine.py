"""The engine: the first rule that fits and says something decides; nothing that comes in makes it fail."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.catalog.rules.definition import Target
from ombud.kernel.errors import Several
from ombud.service_requests.rules.decisions import TRIAGE_UNIT
from ombud.triage.routing.rules.engine import Because, Fault, decide
from ombud.triage.routing.rules.facts import Asset, Default, Facts, House
from ombud.triage.routing.rules.rule import YEAR, Aspect, Unreadable, kept_rules, read_rules, written

HOUSE = House(
    units={"STREETS": frozenset({"NORTH", "SOUTH"}), "PARKS": frozenset()},
    people={"bram@example.org": frozenset({"STREETS"})},
    layers=frozenset({("ward", "2020"), ("ward", "2010")}),
    current={"ward": "2020"},
    asset_layers=frozenset({"lights"}),
)
DEFAULT = Default("STREETS", "", "normal", Target(value=3, unit="working_days"))
FACTS = Facts(
    service="POTHOLE",
    group="streets",
    criticality="C3",
    channel="web",
    answers={"size": frozenset({"large"})},
    areas=frozenset({("ward", "2020", "1")}),
    asset=Asset("lights", "7", "STATE", {"lamp": "led"}),
    minute=12 * 60,
    weekday=1,
    day=1124,
)


def rules(*raw: dict[str, Any]) -> Any:
    """Return rules as a city writes them, each with a title."""
    return read_rules([{"code": f"r{n}", "title": {"en": f"Rule {n}"}, **one} for n, one in enumerate(raw, start=1)])


def decided(*raw: dict[str, Any], facts: Facts = FACTS) -> Any:
    return decide(rules(*raw), facts, DEFAULT, HOUSE)


FITTING: list[dict[str, Any]] = [
    {},
    {"services": ["POTHOLE"]},
    {"groups": ["streets"]},
    {"services": ["OTHER"], "groups": ["streets"]},
    {"criticality": ["C1", "C3"]},
    {"answers": {"size": ["large", "huge"]}},
    {"areas": [{"layer": "ward", "codes": ["1", "9"]}]},
    {"areas": [{"layer": "ward", "codes": ["1"], "vintage": "2020"}]},
    {"asset": {"layer": "lights"}},
    {"asset": {"owners": ["STATE"]}},
    {"asset": {"attributes": {"lamp": ["led"]}}},
    {"channels": ["web"]},
    {"weekdays": ["tue"]},
    {"hours": {"from": "12:00", "to": "13:00"}},
    {"hours": {"from": "22:00", "to": "12:01"}},
    {"season": {"from": "11-24", "to": "11-24"}},
    {"season": {"from": "10-15", "to": "04-15"}},
    {"danger": False},
]
NOT_FITTING: list[tuple[dict[str, Any], Because]] = [
    ({"services": ["OTHER"]}, Because.SERVICE),
    ({"groups": ["waste"]}, Because.SERVICE),
    ({"criticality": ["C1"]}, Because.CRITICALITY),
    ({"answers": {"size": ["small"]}}, Because.ANSWER),
    ({"answers": {"colour": ["red"]}}, Because.ANSWER),
    ({"areas": [{"layer": "ward", "codes": ["2"]}]}, Because.AREA),
    ({"areas": [{"layer": "ward", "codes": ["1"], "vintage": "2010"}]}, Because.AREA),
    ({"asset": {"owners": ["CITY"]}}, Because.ASSET),
    ({"asset": {"layer": "lights", "attributes": {"lamp": ["gas"]}}}, Because.ASSET),
    ({"channels": ["phone"]}, Because.CHANNEL),
    ({"weekdays": ["mon"]}, Because.WEEKDAY),
    ({"hours": {"from": "11:00", "to": "12:00"}}, Because.HOURS),
    ({"season": {"from": "04-16", "to": "10-14"}}, Because.SEASON),
    ({"danger": True}, Because.DANGER),
]


@pytest.mark.parametrize("when", FITTING, ids=str)
def test_a_rule_that_fits_decides(when: dict[str, Any]) -> None:
    decision = decided({"when": when, "then": {"unit": "NORTH"}})
    assert (decision.unit, decision.by[Aspect.WHERE]) == ("NORTH", "r1")


@pytest.mark.parametrize(("when", "because"), NOT_FITTING, ids=str)
def test_a_rule_that_does_not_fit_says_why(when: dict[str, Any], because: Because) -> None:
    decision = decided({"when": when, "then": {"unit": "NORTH"}})
    assert (decision.agency, decision.unit, decision.by[Aspect.WHERE]) == ("STREETS", "", "")
    assert decision.steps[0].because is because


def test_where_how_urgent_and_by_when_are_each_decided_by_the_first_that_says_so() -> None:
    decision = decided(
        {
            "when": {"season": {"from": "10-15", "to": "04-15"}},
            "then": {"target": {"value": 8, "unit": "working_days"}},
        },
        {"when": {"criticality": ["C3"]}, "then": {"priority": "high"}},
        {"when": {"areas": [{"layer": "ward", "codes": ["1"]}]}, "then": {"unit": "NORTH", "priority": "low"}},
        {"then": {"agency": "PARKS", "target": {"value": 1, "unit": "hours"}}},
    )
    assert (decision.agency, decision.unit, decision.priority) == ("STREETS", "NORTH", "high")
    assert decision.target == Target(value=8, unit="working_days")
    assert decision.by == {Aspect.WHERE: "r3", Aspect.PRIORITY: "r2", Aspect.TARGET: "r1"}


FAILING: list[tuple[dict[str, Any], Fault]] = [
    ({"when": {"areas": [{"layer": "yard", "codes": ["1"]}]}, "then": {"unit": "NORTH"}}, Fault.LAYER_UNKNOWN),
    (
        {"when": {"areas": [{"layer": "ward", "codes": ["1"], "vintage": "1999"}]}, "then": {"unit": "NORTH"}},
        Fault.LAYER_UNKNOWN,
    ),
    ({"when": {"asset": {"layer": "bins"}}, "then": {"unit": "NORTH"}}, Fault.ASSET_LAYER_UNKNOWN),
    ({"then": {"agency": "GONE"}}, Fault.AGENCY_GONE),
    ({"then": {"unit": "EAST"}}, Fault.UNIT_GONE),
    ({"then": {"agency": "PARKS", "unit": "NORTH"}}, Fault.UNIT_GONE),
    ({"then": {"person": "nobody@example.org"}}, Fault.PERSON_GONE),
    ({"then": {"agency": "PARKS", "person": "bram@example.org"}}, Fault.PERSON_GONE),
]


@pytest.mark.parametrize(("raw", "fault"), FAILING, ids=str)
def test_a_rule_that_fails_leads_to_the_triage_queue_and_never_to_a_later_rule(
    raw: dict[str, Any], fault: Fault
) -> None:
    decision = decided(raw, {"then": {"unit": "SOUTH"}})
    assert decision.unit == TRIAGE_UNIT
    assert decision.agency in HOUSE.units
    assert [(f.rule, f.fault) for f in decision.failures] == [("r1", fault)]
    assert decision.by[Aspect.WHERE] == "r1"


def test_a_rule_for_other_requests_does_not_fail_by_its_layer() -> None:
    raw = {"when": {"services": ["OTHER"], "areas": [{"layer": "yard", "codes": ["1"]}]}, "then": {"unit": "NORTH"}}
    assert decided(raw).failures == ()


def test_a_rule_that_cannot_be_read_any_more_fails_by_its_name() -> None:
    kept = kept_rules([{"code": "old", "title": {"en": "Old"}, "when": {"moon": "full"}, "then": {"unit": "NORTH"}}])
    assert isinstance(kept[0], Unreadable)
    decision = decide(kept, FACTS, DEFAULT, HOUSE)
    assert [(f.rule, f.fault) for f in decision.failures] == [("old", Fault.UNREADABLE)]


def test_an_agency_of_the_catalogue_that_is_gone_is_told_too() -> None:
    decision = decide((), FACTS, Default("GONE"), HOUSE)
    assert (decision.agency, decision.unit) == ("GONE", TRIAGE_UNIT)
    assert [f.fault for f in decision.failures] == [Fault.AGENCY_GONE]


def test_a_switched_off_rule_is_passed_over() -> None:
    decision = decided({"then": {"unit": "NORTH"}, "off": True}, {"then": {"unit": "SOUTH"}})
    assert decision.unit == "SOUTH"
    assert decision.steps[0].because is Because.OFF


@pytest.mark.parametrize(
    "raw",
    [
        {"when": {"hours": {"from": "25:00", "to": "07:00"}}, "then": {"unit": "N"}},
        {"when": {"hours": {"from": "07:00", "to": "07:00"}}, "then": {"unit": "N"}},
        {"when": {"season": {"from": "02-30", "to": "03-01"}}, "then": {"unit": "N"}},
        {"when": {"weekdays": ["someday"]}, "then": {"unit": "N"}},
        {"when": {"areas": [{"layer": "ward", "codes": []}]}, "then": {"unit": "N"}},
        {"when": {"asset": {}}, "then": {"unit": "N"}},
        {"when": {"moon": "full"}, "then": {"unit": "N"}},
        {"then": {}},
        {"then": {"priority": "whenever"}},
        {"then": {"target": {"value": 1.5, "unit": "working_days"}}},
    ],
    ids=str,
)
def test_what_is_no_rule_is_refused_with_its_name(raw: dict[str, Any]) -> None:
    with pytest.raises(Several, match="r1"):
        rules(raw)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(Several, match="Two rules"):
        read_rules([{"code": "a", "title": {"en": "A"}, "then": {"unit": "N"}}] * 2)


WORD = st.sampled_from(
    ["", "a", "b", "POTHOLE", "ward", "1", "2020", "current", "lights", "NORTH", "STREETS"]
) | st.text(max_size=4)
SEVERAL = st.lists(WORD, max_size=3)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=8,
)
RAW_RULES = st.lists(
    st.fixed_dictionaries(
        {
            "code": st.sampled_from([f"r{n}" for n in range(30)]),
            "title": st.just({"en": "x"}),
            "then": st.fixed_dictionaries(
                {},
                optional={
                    "agency": WORD,
                    "unit": WORD,
                    "person": WORD,
                    "priority": st.sampled_from(["low", "urgent"]),
                    "target": st.fixed_dictionaries({"value": st.integers(0, 99), "unit": st.just("hours")}),
                },
            ),
        },
        optional={
            "off": st.booleans(),
            "when": st.fixed_dictionaries(
                {},
                optional={
                    "services": SEVERAL,
                    "groups": SEVERAL,
                    "criticality": SEVERAL,
                    "channels": SEVERAL,
                    "answers": st.dictionaries(WORD, SEVERAL, max_size=2),
                    "areas": st.lists(
                        st.fixed_dictionaries({"layer": WORD, "codes": SEVERAL}, optional={"vintage": WORD}), max_size=2
                    ),
                    "asset": st.fixed_dictionaries(
                        {}, optional={"layer": WORD, "owners": SEVERAL, "attributes": st.dictionaries(WORD, SEVERAL)}
                    ),
                    "weekdays": st.lists(st.sampled_from(["mon", "sun"]), max_size=2),
                    "hours": st.just({"from": "22:00", "to": "06:00"}),
                    "season": st.just({"from": "12-01", "to": "02-29"}),
                    "danger": st.booleans(),
                    "moon": WORD,
                },
            ),
        },
    )
    | ANYTHING,
    max_size=6,
)
ANY_FACTS = st.builds(
    Facts,
    service=WORD,
    group=WORD,
    criticality=WORD,
    channel=WORD,
    answers=st.dictionaries(WORD, st.frozensets(WORD, max_size=3), max_size=3),
    areas=st.frozensets(st.tuples(WORD, WORD, WORD), max_size=4),
    asset=st.none() | st.builds(Asset, WORD, WORD, WORD, st.dictionaries(WORD, WORD, max_size=2)),
    minute=st.integers(),
    weekday=st.integers(),
    day=st.integers(),
    danger=st.booleans(),
)
ANY_HOUSE = st.builds(
    House,
    units=st.dictionaries(WORD, st.frozensets(WORD, max_size=3), max_size=3),
    people=st.dictionaries(WORD, st.frozensets(WORD, max_size=2), max_size=2),
    layers=st.frozensets(st.tuples(WORD, WORD), max_size=3),
    current=st.dictionaries(WORD, WORD, max_size=3),
    asset_layers=st.frozensets(WORD, max_size=2),
)


@given(raw=RAW_RULES | ANYTHING, facts=ANY_FACTS, default=st.builds(Default, WORD, WORD), house=ANY_HOUSE)
def test_whatever_comes_in_a_decision_comes_out(raw: Any, facts: Facts, default: Default, house: House) -> None:
    kept = kept_rules(raw)
    decision = decide(kept, facts, default, house)
    assert decision.agency in house.units or decision.agency == default.agency
    assert decision.failures == () or decision.unit == TRIAGE_UNIT or Aspect.WHERE in decision.by
    # What cannot be followed lies where it is found.
    if decision.person or decision.unit not in ("", TRIAGE_UNIT, default.unit):
        assert decision.unit in house.units[decision.agency] | {""}
    assert decide(kept, facts, default, house) == decision


@given(raw=RAW_RULES)
def test_a_rule_that_is_kept_reads_the_same_again(raw: Any) -> None:
    for rule in kept_rules(raw):
        if not isinstance(rule, Unreadable):
            assert kept_rules([written(rule)]) == (rule,)


def test_the_hours_and_days_of_a_window_are_those_between_its_ends() -> None:
    (rule,) = rules(
        {
            "when": {"hours": {"from": "22:30", "to": "01:00"}, "season": {"from": "12-31", "to": "01-02"}},
            "then": {"unit": "N"},
        }
    )
    assert {m for m in range(1440) if rule.when.hours.holds(m)} == {*range(1350, 1440), *range(60)}
    assert {d for d in YEAR if rule.when.season.holds(d)} == {1231, 101, 102}
    assert 229 in YEAR
