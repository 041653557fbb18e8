"""What an import has done, told to the person who started it."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from ombud.connect.legacy.files.districts import Agreement
from ombud.connect.legacy.files.importing import FileReport

REASONS = {
    "service": "service not in the mapping",
    "status": "status not in the mapping",
    "agency": "agency not in the mapping",
    "date": "a date that cannot be read",
    "no_date": "no date of the request",
    "no_closing_date": "ended, but no date says when",
    "number": "no number, or one that is too long",
}
FLAGS = {
    "closed_before_requested": "closed before it was requested; kept as it is",
    "closed_at_is_last_change": "closed without a date; its last change stands for it",
    "open_with_closing_date": "open, but with a closing date; kept open",
    "date_in_the_future": "a date in the future; kept as it is",
    "ambiguous_hour": "a time the clocks ran through twice; read as the first",
    "skipped_hour": "a time the clocks skipped; moved on with them",
    "service_day_before_request": "service day before the request; kept as it is",
    "requested_at_is_day_seen": "no date; the day given with --seen-on stands for it",
}


def tell(
    reports: Sequence[FileReport], *, console: Console, dry_run: bool, addresses: int = 0, ranges: int = 0
) -> None:
    """Print the whole report."""
    console.print(_counts(reports, dry_run=dry_run))
    _tell_held(reports, console)
    _tell_noticed(reports, console)
    _tell_districts(reports, console)
    if dry_run:
        console.print("A dry run: nothing was kept.")
    elif addresses or ranges:
        console.print(f"{addresses:,} new addresses can be found; {ranges:,} expected times are up to date.")


def _counts(reports: Sequence[FileReport], *, dry_run: bool) -> Table:
    table = Table(title="Would be imported" if dry_run else "Imported", title_justify="left")
    table.add_column("file", overflow="fold")
    for column in ("rows", "created", "updated", "unchanged", "left to us", "held", "repaired"):
        table.add_column(column, justify="right")
    for column in ("no point", "outside", "rows/s"):
        table.add_column(column, justify="right")
    for r in [*reports, _total(reports)] if len(reports) > 1 else reports:
        numbers = (r.rows, r.created, r.updated, r.unchanged, r.left, r.held.total(), r.repaired)
        speed = f"{r.rows / r.seconds:,.0f}" if r.seconds else ""
        table.add_row(r.file, *(f"{n:,}" for n in (*numbers, r.without_point, r.outside)), speed)
    return table


def _total(reports: Sequence[FileReport]) -> FileReport:
    total = FileReport("all")
    for r in reports:
        for name in ("rows", "created", "updated", "unchanged", "left", "repaired", "without_point", "outside"):
            setattr(total, name, getattr(total, name) + getattr(r, name))
        total.held.update(r.held)
        total.seconds += r.seconds
    return total


def _tell_held(reports: Sequence[FileReport], console: Console) -> None:
    held: Counter[str] = Counter()
    for report in reports:
        held.update(report.held)
    if not held:
        return
    table = Table(title="Held until the mapping knows better", title_justify="left")
    table.add_column("why")
    table.add_column("rows", justify="right")
    for reason, rows in held.most_common():
        table.add_row(REASONS.get(reason, reason), f"{rows:,}")
    console.print(table)


def _tell_noticed(reports: Sequence[FileReport], console: Console) -> None:
    values: dict[str, Counter[str]] = {}
    flags: Counter[str] = Counter()
    for report in reports:
        flags.update(report.noticed.flags)
        for (column, value), seen in report.noticed.unknown.items():
            values.setdefault(column, Counter())[value] += seen.rows
    if values:
        table = Table(title="Not in the mapping (the repair queue)", title_justify="left")
        table.add_column("column")
        table.add_column("values", justify="right")
        table.add_column("rows", justify="right")
        table.add_column("most often", overflow="fold")
        for column, seen_values in sorted(values.items()):
            often = "; ".join(f"{v[:60] or 'empty'} ({n:,})" for v, n in seen_values.most_common(3))
            table.add_row(column, f"{len(seen_values):,}", f"{seen_values.total():,}", often)
        console.print(table)
    if flags:
        table = Table(title="Kept, and marked in the timeline", title_justify="left")
        table.add_column("what")
        table.add_column("rows", justify="right")
        for flag, rows in flags.most_common():
            table.add_row(FLAGS.get(flag, flag.replace("_", " ")), f"{rows:,}")
        console.print(table)


def _tell_districts(reports: Sequence[FileReport], console: Console) -> None:
    districts: dict[str, Agreement] = {}
    for report in reports:
        for column, agreement in report.districts.items():
            if column in districts:
                districts[column].add(agreement)
            else:
                districts[column] = Agreement(
                    column, agreement.layer, agreement.vintage, not_compared=agreement.not_compared
                )
                districts[column].add(agreement)
    if not districts:
        return
    table = Table(title="Districts of the file against our own look-up", title_justify="left")
    table.add_column("column")
    table.add_column("layer")
    table.add_column("rows", justify="right")
    table.add_column("same", justify="right")
    table.add_column("most frequent differences (file: ours)", overflow="fold")
    for agreement in districts.values():
        often = "; ".join(f"{theirs}: {ours} ({n:,})" for (theirs, ours), n in agreement.differing.most_common(3))
        percent = f"{agreement.percent:.2f} %" if agreement.percent is not None else ""
        table.add_row(
            agreement.column,
            f"{agreement.layer} {agreement.vintage}",
            f"{agreement.rows:,}" if not agreement.not_compared else "",
            percent,
            f"not compared: {agreement.not_compared}" if agreement.not_compared else often,
        )
    console.print(table)
