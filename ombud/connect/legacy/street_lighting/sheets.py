"""CSV files that say themselves where they end, so that half a file is known from a whole one."""

import csv
import io
from collections.abc import Mapping, Sequence

END = "#END"


class NotWhole(Exception):
    """The file has no closing line, or not as many rows as that says: somebody is still writing, or stopped."""


class NotATable(Exception):
    """The file is whole, but a row has not the columns of the first."""


def write(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> bytes:
    """Return rows as a file with its closing line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    writer.writerow([END, len(rows)])
    return out.getvalue().encode()


def read(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a file. Raises NotWhole, NotATable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # The older programs write the letters of Western Europe.
        text = content.decode("cp1252", "replace")
    if "\x00" in text:
        raise NotATable
    if not text.endswith("\n"):
        raise NotWhole
    try:
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as broken:
        raise NotATable from broken
    if len(rows) < 2 or rows[-1][0] != END or rows[-1][1:] != [str(len(rows) - 2)]:
        raise NotWhole
    head, *body = rows[:-1]
    if any(len(row) != len(head) for row in body):
        raise NotATable
    return [dict(zip(head, row, strict=True)) for row in body]
