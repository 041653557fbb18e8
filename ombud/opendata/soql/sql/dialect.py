"""A whole dialect: all that can be written, and what each engine has to say for itself."""

from sqlglot import exp

from ombud.opendata.rules.columns import Kind
from ombud.opendata.soql.sql.aggregates import Aggregates
from ombud.opendata.soql.sql.build import Sql, call, cast, chosen, paren, quoted
from ombud.opendata.soql.sql.places import Places
from ombud.opendata.soql.sql.times import Times
from ombud.opendata.soql.tree import Apply, Const, Node

# What a text has to look like to be read as a number or a time; what engines read besides differs.
DECIMAL = r"^[+-]?[0-9]{1,30}([.][0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$"
ISO_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?$"


class Dialect(Aggregates, Times, Places):
    """Writes texts and casts too; the rest is the engine's own."""

    # -- Texts -------------------------------------------------------------------------------------------------

    def _substring(self, node: Apply) -> Sql:
        text, *numbers = node.args
        return call("substring", self.write(text), *(self.count(one) for one in numbers))

    def _split_part(self, node: Apply) -> Sql:
        text, by, place = node.args
        return call("split_part", self.write(text), self.write(by), self.count(place))

    def _padded(self, node: Apply) -> Sql:
        text, length, fill = node.args
        name = "lpad" if node.op == "left_pad" else "rpad"
        return call(name, self.write(text), self.count(length), self.write(fill))

    def count(self, node: Node) -> Sql:
        """Return a whole number that was written out."""
        value = node.value if isinstance(node, Const) and isinstance(node.value, int) else 0
        return cast(exp.Literal.number(value), "INT", self.dialect)

    def _trimmed(self, node: Apply) -> Sql:
        name = {"trim": "trim", "trim_leading": "ltrim", "trim_trailing": "rtrim"}[node.op]
        return call(name, self.write(node.args[0]))

    def _caseless_starts_with(self, node: Apply) -> Sql:
        whole, piece = (self.cased("upper", self.write(arg)) for arg in node.args)
        return self.started(whole, piece)

    def _caseless_contains(self, node: Apply) -> Sql:
        whole, piece = (self.cased("upper", self.write(arg)) for arg in node.args)
        return self.contained(whole, piece)

    def _starts_with(self, node: Apply) -> Sql:
        return self.started(*(self.write(arg) for arg in node.args))

    def _contains(self, node: Apply) -> Sql:
        return self.contained(*(self.write(arg) for arg in node.args))

    def started(self, whole: Sql, piece: Sql) -> Sql:
        """Return whether a text begins with another one."""
        return call("starts_with", whole, piece)

    def contained(self, whole: Sql, piece: Sql) -> Sql:
        """Return whether a text has another one in it."""
        return call("contains", whole, piece)

    def fitting(self, text: Sql, pattern: Sql) -> Sql:
        """Return whether a regular expression finds something in a text."""
        raise NotImplementedError

    def searched(self, texts: list[Sql], stem: str) -> Sql:
        """Return whether a word in one of the texts begins with a stem, whatever its case."""
        whole = self.cased("lower", call("concat_ws", quoted(" "), *texts))
        return paren(self.fitting(whole, self.text(f"(^|[^0-9a-z]){stem}")))

    # -- Casts -------------------------------------------------------------------------------------------------

    def _to_text(self, node: Apply) -> Sql:
        (arg,) = node.args
        match arg.kind:
            case Kind.NUMBER:
                return self.number_as_text(arg)
            case Kind.CHECKBOX:
                written = self.write(arg)
                no = paren(exp.Not(this=paren(written.copy())))
                return chosen([(written, quoted("true")), (no, quoted("false"))])
            case Kind.CALENDAR_DATE:
                return self.time_as_text(self.naive(arg), zone="")
            case Kind.FIXED_TIMESTAMP:
                return self.time_as_text(self.naive(arg), zone="Z")
            case _:
                return self.write(arg)

    def time_as_text(self, local: Sql, *, zone: str) -> Sql:
        """Return a time as a text with milliseconds."""
        raise NotImplementedError

    def _to_number(self, node: Apply) -> Sql:
        (arg,) = node.args
        match arg.kind:
            case Kind.TEXT:
                return self.text_as_number(self.write(arg))
            case Kind.CHECKBOX:
                written = self.write(arg)
                no = paren(exp.Not(this=paren(written.copy())))
                return chosen([(written, self.bind(1.0, self.double)), (no, self.bind(0.0, self.double))])
            case _:
                return self.as_double(arg)

    def text_as_number(self, text: Sql) -> Sql:
        """Return a text as a number, or null where it is none."""
        raise NotImplementedError

    def _to_floating_timestamp(self, node: Apply) -> Sql:
        (arg,) = node.args
        return self.text_as_time(self.write(arg)) if arg.kind is Kind.TEXT else self.naive(arg)

    def text_as_time(self, text: Sql) -> Sql:
        """Return a text as a time, or null where it is none."""
        raise NotImplementedError

    def _to_fixed_timestamp(self, node: Apply) -> Sql:
        return self.write(node.args[0])

    def _to_checkbox(self, node: Apply) -> Sql:
        (arg,) = node.args
        match arg.kind:
            case Kind.TEXT:
                lower = call("lower", self.write(arg))
                yes = paren(exp.EQ(this=lower, expression=quoted("true")))
                no = paren(exp.EQ(this=lower.copy(), expression=quoted("false")))
                return chosen([(yes, exp.Boolean(this=True)), (no, exp.Boolean(this=False))])
            case Kind.NUMBER:
                return paren(exp.NEQ(this=self.as_double(arg), expression=self.bind(0.0, self.double)))
            case _:
                return self.write(arg)
