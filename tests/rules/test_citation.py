"""How a version is cited, read back by what reads it."""

from datetime import UTC, date, datetime

import yaml

from ombud.opendata.rules import citation
from ombud.opendata.rules.citation import Cited

CITED = Cited(
    publisher="City of O'Fallon & Sons",
    title='Requests "for" service: 100 %',
    version=42,
    published_at=datetime(2026, 11, 21, 23, 30, tzinfo=UTC),
    sha256="ab12" * 16,
    retrieved_on=date(2026, 11, 22),
    url="https://data.city.example/d/abcd-1234?version=42",
)


def test_the_words_name_publisher_version_hash_and_day() -> None:
    assert citation.in_words(CITED) == (
        'City of O\'Fallon & Sons, “Requests "for" service: 100 %”, version 42 of 2026-11-21'
        " (sha256:ab12ab12ab12ab12), retrieved 2026-11-22, https://data.city.example/d/abcd-1234?version=42"
    )


def test_a_citation_file_is_yaml_that_says_the_same() -> None:
    told = yaml.safe_load(citation.cff(CITED))
    assert (told["cff-version"], told["type"], told["title"]) == ("1.2.0", "dataset", CITED.title)
    assert told["authors"] == [{"name": CITED.publisher}]
    assert told["date-released"] == "2026-11-21"


def test_bibtex_hides_what_means_something_to_tex() -> None:
    told = citation.bibtex(CITED)
    assert told.startswith("@misc{city-of-o-fallon-sons-requests-for-service-100-42-ab12ab12,")
    assert r"O'Fallon \& Sons" in told
    assert r"100 \%" in told
    assert told.count("{") == told.count("}")


def test_what_an_author_wrote_is_no_command_of_tex() -> None:
    told = citation.claim_bibtex(
        CITED, author="Ada Moreno", title=r"\input{x} ~ 5^2", code="abcd-1234", shown_on=CITED.retrieved_on
    )
    assert r"title = {\textbackslash{}input\{x\} \textasciitilde{} 5\textasciicircum{}2}" in told
    assert told.count("{") == told.count("}")


def test_white_space_and_order_do_not_change_what_a_query_is_called() -> None:
    one = citation.normalised([("$where", "a  =\n1"), ("$select", "b")])
    assert one == citation.normalised([("$SELECT", " b "), ("$where", "a = 1")]) == "$select=b&$where=a = 1"
