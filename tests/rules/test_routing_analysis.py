"""What never counts is found, and nothing else is called so: compared with trying every request there can be."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ombud.triage.routing.rules.analysis import Finding, Oddity, findings
from ombud.triage.routing.rules.boxes import Known
from ombud.triage.routing.rules.engine import decide
from ombud.triage.routing.rules.facts import Asset, Default, Facts, House
from ombud.triage.routing.rules.rule import Aspect, Rule
from tests.rules.test_routing_engine import rules

HOUSE = House(
    units={"A": frozenset({"N", "S"}), "B": frozenset()},
    layers=frozenset({("ward", "2020"), ("zone", "1")}),
    current={"ward": "2020", "zone": "1"},
    asset_layers=frozenset({"lights"}),
)
KNOWN = Known(
    services={"hole": ("streets", "C1"), "lamp": ("streets", "C2"), "sofa": ("waste", "C2")},
    choices={service: {"size": ("s", "l")} for service in ("hole", "lamp", "sofa")},
    areas={("ward", "2020"): frozenset("12"), ("zone", "1"): frozenset("xy")},
    house=HOUSE,
)


def subsets(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=len(values), unique=True)


WHEN = st.fixed_dictionaries(
    {},
    optional={
        "services": subsets("hole", "lamp", "sofa"),
        "groups": subsets("streets", "waste"),
        "criticality": subsets("C1", "C2"),
        "answers": st.fixed_dictionaries({"size": subsets("s", "l")}),
        "areas": st.lists(
            st.one_of(
                st.fixed_dictionaries({"layer": st.just("ward"), "codes": subsets("1", "2")}),
                st.fixed_dictionaries({"layer": st.just("zone"), "codes": subsets("x", "y")}),
            ),
            max_size=2,
        ),
        "asset": st.fixed_dictionaries({"owners": subsets("A", "B")}),
        "weekdays": st.sampled_from([["mon", "tue", "wed", "thu", "fri"], ["sat", "sun"]]),
        "hours": st.sampled_from([{"from": "00:00", "to": "12:00"}, {"from": "12:00", "to": "00:00"}]),
        "danger": st.booleans(),
    },
)
THEN = st.fixed_dictionaries(
    {"unit": st.sampled_from(["N", "S"])}, optional={"priority": st.sampled_from(["low", "high"])}
) | st.fixed_dictionaries({"priority": st.sampled_from(["low", "high"])})
LISTS = st.lists(st.fixed_dictionaries({"when": WHEN, "then": THEN}), min_size=1, max_size=5)


def every_request() -> Iterator[Facts]:
    for service, size, ward, zone, asset, weekday, minute, danger in product(
        KNOWN.services,
        ({"s"}, {"l"}, set()),
        ("1", "2", ""),
        ("x", "y", ""),
        (None, Asset("lights", "1", "A"), Asset("lights", "2", "B"), Asset("lights", "3", "C")),
        (0, 6),
        (60, 780),
        (True, False),
    ):
        group, criticality = KNOWN.services[service]
        areas = {("ward", "2020", ward), ("zone", "1", zone)}
        yield Facts(
            service=service,
            group=group,
            criticality=criticality,
            answers={"size": frozenset(size)},
            areas=frozenset(area for area in areas if area[2]),
            asset=asset,
            weekday=weekday,
            minute=minute,
            danger=danger,
        )


EVERY = list(every_request())
DEFAULT = Default("A")


def that_decide(of: list[Rule], among: list[Facts]) -> set[tuple[str, Aspect]]:
    """Return each rule with the aspects that it decides for some request."""
    return {(code, aspect) for facts in among for aspect, code in decide(of, facts, DEFAULT, HOUSE).by.items() if code}


def claimed(found: list[Finding], oddity: Oddity) -> dict[str, Finding]:
    return {f.rule: f for f in found if f.oddity is oddity}


@settings(max_examples=40, deadline=None)
@given(raw=LISTS)
def test_just_those_that_never_decide_are_called_dead(raw: list[dict[str, Any]]) -> None:
    listed = rules(*raw)
    found, alive = findings(listed, KNOWN), that_decide(listed, EVERY)
    for code, finding in claimed(found, Oddity.HALF_SHADOWED).items():
        assert not {(code, Aspect(aspect)) for aspect in finding.about} & alive

    dead = {rule.code for rule in listed} - {rule for rule, _ in alive}
    assert dead == set(claimed(found, Oddity.UNREACHABLE)) | set(claimed(found, Oddity.SHADOWED))


def odd(*raw: dict[str, Any]) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    return [(f.rule, f.oddity.value, f.others, f.about) for f in findings(rules(*raw), KNOWN)]


def test_a_rule_that_stands_behind_a_wider_one_is_shadowed() -> None:
    assert odd(
        {"when": {"groups": ["streets"]}, "then": {"unit": "N"}},
        {"when": {"services": ["hole"]}, "then": {"unit": "S"}},
    ) == [("r2", "shadowed", ("r1",), ("where",))]


def test_several_rules_together_may_shadow_one() -> None:
    assert odd(
        {"when": {"weekdays": ["sat", "sun"]}, "then": {"unit": "N"}},
        {"when": {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "danger": False}, "then": {"unit": "N"}},
        {"when": {"danger": True}, "then": {"unit": "N"}},
        {"when": {"services": ["hole"]}, "then": {"unit": "S"}},
    ) == [("r4", "shadowed", ("r1", "r2", "r3"), ("where",))]


def test_a_rule_that_says_more_than_what_is_taken_is_half_shadowed() -> None:
    assert odd(
        {"when": {"groups": ["streets"]}, "then": {"unit": "N"}},
        {"when": {"services": ["hole"]}, "then": {"unit": "S", "priority": "high"}},
    ) == [("r2", "half_shadowed", ("r1",), ("where",))]


def test_an_exception_before_the_general_rule_is_no_conflict_and_a_true_one_is() -> None:
    exception = {"when": {"services": ["hole"]}, "then": {"unit": "S"}}
    general = {"when": {"groups": ["streets"]}, "then": {"unit": "N"}}
    other = {"when": {"areas": [{"layer": "ward", "codes": ["1"]}]}, "then": {"unit": "N"}}
    assert odd(exception, general) == []
    assert odd(exception, other) == [("r2", "conflict", ("r1",), ("where",))]


def test_conditions_that_exclude_each_other_can_never_fit() -> None:
    assert odd({"when": {"services": ["hole"], "criticality": ["C2"]}, "then": {"unit": "N"}}) == [
        ("r1", "unreachable", (), ("service",))
    ]
    assert odd({"when": {"answers": {"size": ["xxl"]}}, "then": {"unit": "N"}}) == [
        ("r1", "unreachable", (), ("answer", "size"))
    ]


def test_what_the_city_does_not_have_is_named() -> None:
    found = odd(
        {
            "when": {"services": ["hole", "nope"], "areas": [{"layer": "moon", "codes": ["1"]}]},
            "then": {"agency": "GONE", "person": "x@example.org"},
        },
        {"when": {"areas": [{"layer": "ward", "codes": ["1", "77"]}]}, "then": {"agency": "A", "unit": "E"}},
    )
    assert {(rule, about) for rule, kind, _, about in found if kind == "not_there"} == {
        ("r1", ("service", "nope")),
        ("r1", ("layer", "moon current")),
        ("r1", ("agency", "GONE")),
        ("r1", ("person", "x@example.org")),
        ("r2", ("area", "ward 77")),
        ("r2", ("unit", "A E")),
    }
