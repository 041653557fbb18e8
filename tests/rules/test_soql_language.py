"""How SoQL is read: what binds tighter, what is refused and in which words, and that budgets hold."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ombud.opendata.soql import parser
from ombud.opendata.soql.asked import asked
from ombud.opendata.soql.faults import SoqlError
from ombud.opendata.soql.searching import search_words
from ombud.opendata.soql.sql.compile import Engine, compiled
from ombud.opendata.soql.sql.compiled import Unsupported
from ombud.opendata.soql.syntax import Call, Expression, Literal, Name
from tests.soql import COLUMNS, NOW, meaning

ENGINES = get_args(Engine)


def shape(expression: Expression) -> str:
    """Return an expression with brackets round all that belongs together."""
    match expression:
        case Literal(value):
            return repr(value)
        case Name(name):
            return name
        case Call(name, arguments):
            return f"({name.removeprefix('#')} {' '.join(shape(one) for one in arguments)})"
    raise AssertionError(expression)


def refusal(**parameters: str) -> SoqlError:
    with pytest.raises(SoqlError) as caught:
        meaning(**parameters)
    return caught.value


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("a = b is null", "(is null (= a b))"),
        ("a like 'x' is null", "(is null (like a 'x'))"),
        ("a between 1 and 2 is not null", "(is not null (between a '1' '2'))"),
        ("a || b like 'x'", "(like (|| a b) 'x')"),
        ("not a = 1 and b", "(and (not (= a '1')) b)"),
        ("a or b and c or d", "(or a (and b c) d)"),
        ("2 ^ 3 ^ 2", "(^ '2' (^ '3' '2'))"),
        ("-2 ^ 2", "(^ (sign- '2') '2')"),
        ("1 - 2 - 3", "(- (- '1' '2') '3')"),
        ("a between 1 and 2 and b", "(and (between a '1' '2') b)"),
        ("a not between 1 + 1 and 2", "(not between a (+ '1' '1') '2')"),
        ("a == 1 or a != 2", "(or (= a '1') (<> a '2'))"),
        ("a::text || 'x'", "(|| (to text a) 'x')"),
        ("-a::number", "(sign- (to number a))"),
        ("a -- to the end\n + /* here * / too */ 1", "(+ a '1')"),
        ("`some-name` = 'it''s'", '(= some_name "it\'s")'),
        ('"a\\u0041\\n" = b', "(= 'aA\\n' b)"),
        ("case when a then 1 else 2 end", "(case a '1' '2')"),
        ("CASE(a, 1)", "(case a '1')"),
        ("a not in (1, 'x')", "(not in a '1' 'x')"),
    ],
)
def test_what_belongs_together(text: str, means: str) -> None:
    assert shape(parser.expression(text)) == means


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"select": "agencyy"}, "query.soql.no-such-column", "No such column: agencyy; did you mean agency?"),
        ({"_agencyy": "DOT"}, "query.soql.no-such-column", "did you mean agency?"),
        ({"where": "uper(agency) = 'X'"}, "query.soql.no-such-function", "did you mean upper?"),
        ({"where": "read_parquet('/etc/passwd')"}, "query.soql.no-such-function", "read_parquet"),
        ({"where": "agency = 1"}, "query.soql.type-mismatch", "number and text"),
        ({"where": "created_date > 'yesterday'"}, "query.soql.type-mismatch", "'yesterday'"),
        ({"where": "created_date > '2026-02-30'"}, "query.soql.type-mismatch", "2026-02-30"),
        ({"_days": "many"}, "query.soql.type-mismatch", "'many'"),
        ({"where": "agency"}, "query.soql.type-mismatch", "this is text"),
        ({"select": "upper(days)"}, "query.soql.type-mismatch", "takes text; this is number"),
        ({"select": "upper(agency, 1)"}, "query.soql.type-mismatch", "takes 1 value; here it is given 2"),
        ({"order": "location"}, "query.soql.type-mismatch", "ordered by a point"),
        ({"where": "complaint like agency"}, "query.soql.type-mismatch", "a text in quotes"),
        ({"select": "agency, count(*)"}, "query.soql.column-not-in-group-bys", "agency is neither"),
        ({"select": "days", "group": "agency"}, "query.soql.column-not-in-group-bys", "days is neither"),
        ({"group": "agency"}, "query.soql.column-not-in-group-bys", "is neither"),
        ({"where": "count(*) > 1"}, "query.soql.aggregate-in-ungrouped-context", "use HAVING"),
        ({"select": "sum(count(*))"}, "query.soql.aggregate-in-ungrouped-context", "|>"),
        ({"select": "agency as a, days as A"}, "query.soql.duplicate-alias", "called A"),
        ({"select": "agency, days as agency"}, "query.soql.duplicate-alias", "called agency"),
        ({"select": "*, days as agency"}, "query.soql.duplicate-alias", "called agency"),
        ({"select": "b as a, a as b"}, "query.soql.circular-alias-definition", "made of itself"),
        ({"where": "agency = 'x"}, "query.soql.unterminated-string", "not ended"),
        ({"where": "agency = $1"}, "query.soql.unexpected-character", "$"),
        ({"where": "agency ="}, "query.soql.unexpected-eof", ""),
        ({"where": "agency agency"}, "query.soql.bad-parse", "agency"),
        ({"where": "agency ilike 'x'"}, "query.compiler.malformed", "caseless_contains"),
        ({"where": "agency like 'x' escape '!'"}, "query.compiler.malformed", "ESCAPE"),
        ({"where": "agency like 'x\\'"}, "query.compiler.malformed", "backslash"),
        ({"query": "select * from ombud_account"}, "query.compiler.malformed", "FROM"),
        ({"query": "select * join @abcd-1234 on a = b"}, "query.compiler.malformed", "join"),
        ({"query": "select * union select *"}, "query.compiler.malformed", "united"),
        ({"query": "select rank() over (order by days)"}, "query.compiler.malformed", "OVER"),
        ({"query": "select *", "where": "urgent"}, "query.compiler.malformed", "$where"),
        ({"query": "select *", "_agency": "DOT"}, "query.compiler.malformed", "agency"),
        ({"query": "select * limit 5", "limit": "6"}, "query.compiler.malformed", "LIMIT"),
        ({"limit": "-1"}, "query.compiler.malformed", "$limit"),
        ({"limit": "1e3"}, "query.compiler.malformed", "$limit"),
        ({"offset": "9" * 30}, "query.compiler.malformed", "$offset"),
        ({"wher": "urgent"}, "query.compiler.malformed", "did you mean $where?"),
        ({"where": "agency = '\0'"}, "query.compiler.malformed", "no text"),
        ({"where": "1e999 > days"}, "query.execution.number-out-of-range", "1e999"),
        ({"select": "distinct agency", "order": "days"}, "query.compiler.malformed", "DISTINCT"),
        ({"where": "within_polygon(location, 'CIRCLE (1 2)')"}, "query.soql.type-mismatch", "CIRCLE"),
        ({"where": "within_box(location, 1, 2, 3)"}, "query.soql.type-mismatch", "5 values"),
        ({"where": "within_circle(location, latitude, 1, 1)"}, "query.soql.type-mismatch", "written out"),
    ],
)
def test_what_is_refused_and_how(parameters: dict[str, str], code: str, words: str) -> None:
    wrong = refusal(**parameters)
    assert (wrong.code, words in wrong.message) == (code, True), wrong.message


def test_a_refusal_says_where() -> None:
    wrong = refusal(where="urgent\n  and agencyy = 'DOT'")
    assert wrong.position == {"row": 2, "column": 7, "line": "  and agencyy = 'DOT'"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "where",
    [
        "(" * 60 + "urgent" + ")" * 60,
        "not " * 60 + "urgent",
        "length(" + "upper(" * 60 + "agency" + ")" * 60 + ") > 1",
        " or ".join(f"agency = '{n}'" for n in range(450)),
        "agency || " + " || ".join(["'x'"] * 150) + " = 'y'",
        f"agency in ({','.join(repr(str(n)) for n in range(900))})",
        "days " + "+ 1" * 70 + " > 1",
        "days " + "^ 2" * 4 + " > 1",
    ],
    ids=("brackets", "nots", "calls", "ors", "joins", "in", "sums", "powers"),
)
def test_what_is_within_the_budgets_is_compiled(engine: Engine, where: str) -> None:
    compiled(meaning(where=where), engine, relation="t", now=NOW)


@pytest.mark.parametrize(
    "where",
    [
        "(" * 70 + "urgent" + ")" * 70,
        "(" * 1500,
        "not " * 1500 + "urgent",
        "- " * 1500 + "1 > 0",
        "upper(" * 500 + "agency" + ")" * 500 + " = 'x'",
        "days " + "^ 2" * 500 + " > 1",
        "days " + "+ 1" * 500 + " > 1",
        "urgent " + "is null " * 500,
        "agency = '" + "x" * 17_000 + "'",
        " or ".join(["urgent"] * 1500),
        f"days in ({','.join('1' for _ in range(1001))})",
        f"agency like '{'%a' * 101}'",
        "within_polygon(location, 'POLYGON ((" + ",".join(f"{n % 90} 1" for n in range(10_001)) + "))')",
        "length(replace(replace(replace(agency,'a','" + "b" * 50 + "'),'b','" + "c" * 50 + "'),'c','dd')) > 1",
        "length(left_pad(agency, 10000, 'x') || left_pad(agency, 10000, 'x')) > 1",
        "case when urgent then " * 100 + "1" + " end" * 100 + " = 1",
    ],
    ids=lambda where: f"{where[:20]!r}",
)
def test_what_is_over_a_budget_is_refused_before_it_runs(where: str) -> None:
    assert refusal(where=where).code in ("query.execution.too-complex", "query.soql.unexpected-eof")


def test_aliases_of_aliases_cannot_grow_without_end() -> None:
    doubled = ", ".join(["days + 1 as a0", *(f"a{n} + a{n} as a{n + 1}" for n in range(40))])
    assert refusal(select=doubled).code == "query.execution.too-complex"
    powers = "days" + " ^ (days ^ (days" * 8 + ")" * 16
    with pytest.raises(SoqlError):
        compiled(meaning(where=f"{powers} > 1"), "duckdb", relation="t", now=NOW)


def test_names_of_what_has_none() -> None:
    query = meaning(
        select="count(*), max(latitude), date_trunc_ym(created_date), closed_date is null, agency || complaint, 1, 1",
        group="date_trunc_ym(created_date), closed_date is null, agency || complaint",
    )
    assert [output.name for output in query.outputs] == [
        "count",
        "max_latitude",
        "date_trunc_ym_created_date",
        "closed_date_is_null",
        "agency_complaint",
        "_1",
        "_1_1",
    ]


def test_every_order_ends_in_what_is_unique() -> None:
    assert [by.node for by in meaning().stages[0].order][-1].stored == ("_id",)  # type: ignore[union-attr]
    ordered = meaning(order="agency desc").stages[0].order
    assert [(by.node.name, by.descending) for by in ordered] == [("agency", True), (":id", False)]  # type: ignore[union-attr]
    grouped = meaning(select="agency, days, count(*)", group="agency, days", order="count(*)").stages[0].order
    assert [getattr(by.node, "name", "") for by in grouped] == ["", "agency", "days"]


def test_what_a_stranger_wrote_is_bound_and_never_part_of_the_statement() -> None:
    nasty = "x'; drop table ombud_account; --"
    said = nasty.replace("'", "''")
    query = meaning(
        select=f"agency as weird_name, '{said}' as it, replace(agency, '{said}', '{said}')",
        where=f"agency in ('{said}', '{said}2') or complaint like '{said}%' or split_part(agency, '{said}', 1) = 'a'",
        q="drop tables",
    )
    for engine in ENGINES:
        made = compiled(query, engine, relation="t", now=NOW, jurisdiction_id="here")
        assert "drop" not in made.sql.lower()
        assert "weird" not in made.sql.lower()
        assert nasty in made.bound.values()


def test_the_present_is_told_by_who_asks() -> None:
    query = meaning(where=":updated_at > get_utc_date()")
    assert query.needs_now
    assert not meaning().needs_now
    at = datetime(2026, 1, 2, tzinfo=UTC)
    assert at.isoformat() in compiled(query, "duckdb", relation="t", now=at).bound.values()


@pytest.mark.parametrize(
    ("text", "stems"),
    [("Street LIGHTS!", ("street", "light")), ("lighting light", ("light",)), ("potholes", ("pothol",)), ("", ())],
)
def test_words_that_are_searched_for(text: str, stems: tuple[str, ...]) -> None:
    assert search_words(text) == stems


_WORDS = (
    "select where group by order having limit offset distinct as and or not is null like between in case when then else"
    " end count(*) agency days urgent location created_date :id :* * ( ) , + - / % ^ || :: . = < > 'x' \"y\" 1 2.5 |>"
    " upper( max( within_box( ` ' \" \\ /* -- text number desc nulls first @ ? [ ] $ \0 \ud800 é 😀"
)
WORDS = st.sampled_from(_WORDS.split(" "))


@given(st.lists(WORDS, max_size=40).map(" ".join), st.sampled_from(["query", "select", "where", "group", "order", "q"]))
def test_any_text_is_understood_or_refused_in_a_sentence(text: str, clause: str) -> None:
    with suppress(SoqlError, Unsupported):
        query = asked([(f"${clause}", text)], COLUMNS).resolved(COLUMNS)
        for engine in ENGINES:
            compiled(query, engine, relation="t", now=NOW)
