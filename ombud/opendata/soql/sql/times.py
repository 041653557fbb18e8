"""Times: cut, taken apart, compared. Instants are looked at in UTC."""

from sqlglot import exp

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.sql.build import Sql, call, cast, divided, paren, quoted
from ombud.opendata.soql.sql.writer import Writer
from ombud.opendata.soql.tree import Apply

_CUTS = {"y": "year", "ym": "month", "ymd": "day"}
_PARTS = {
    "y": "year",
    "m": "month",
    "d": "day",
    "hh": "hour",
    "mm": "minute",
    "ss": "second",
    "dow": "dow",
    "woy": "week",
    "iso_y": "isoyear",
}


class Times(Writer):
    """Writes what is done to times."""

    def _cut_time(self, node: Apply) -> Sql:
        cut = self._cut(self.naive(node.args[0]), node.op.removeprefix("date_trunc_"))
        return self.from_utc(cut) if node.kind is Kind.FIXED_TIMESTAMP else cut

    def _cut_time_in(self, node: Apply) -> Sql:
        zone = quoted(str(getattr(node.args[1], "value", "UTC")))
        local = paren(exp.AtTimeZone(this=self.write(node.args[0]), zone=zone))
        return self._cut(local, node.op.removeprefix("date_trunc_").removesuffix("_in"))

    def _cut(self, local: Sql, name: str) -> Sql:
        # What comes out of a DATE differs from engine to engine.
        return cast(call("date_trunc", quoted(_CUTS[name]), local), self.timestamp, self.dialect)

    def from_utc(self, naive: Sql) -> Sql:
        """Return UTC without a zone as an instant."""
        return paren(exp.AtTimeZone(this=naive, zone=quoted("UTC")))

    def _part_of_time(self, node: Apply) -> Sql:
        return self.part(_PARTS[node.op.removeprefix("date_extract_")], self.naive(node.args[0]))

    def part(self, name: str, local: Sql) -> Sql:
        """Return a part of a time as a whole number; Sunday is day 0 of the week."""
        return cast(call("floor", call("date_part", quoted(name), local)), "BIGINT", self.dialect)

    def _date_diff_d(self, node: Apply) -> Sql:
        one, other = (self.epoch(self.naive(arg)) for arg in node.args)
        days = divided(paren(exp.Sub(this=one, expression=other)), self.bind(86_400.0, self.double))
        return cast(self.trunc(days), "BIGINT", self.dialect)

    def epoch(self, local: Sql) -> Sql:
        """Return the seconds of a time since 1970."""
        return cast(call("date_part", quoted("epoch"), local), self.double, self.dialect)

    def trunc(self, value: Sql) -> Sql:
        """Return a number cut toward zero."""
        return call("trunc", value)

    def _get_utc_date(self, node: Apply) -> Sql:
        return self.bind(self.now.isoformat(), "TIMESTAMPTZ")
