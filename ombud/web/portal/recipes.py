"""The same query for those who program: the exact SoQL as an address, with curl, Python and R."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Recipes:
    """Addresses of a query, and programs that ask for it, each to be run as it is."""

    json: str
    csv: str
    curl: str
    python: str
    r: str


def of(resource: str, soql: str, version: int) -> Recipes:
    """
    Return how to ask for a query again: of the newest version, or exactly as it was shown by `$$asof`.

    `resource` is the whole address of the data set without its ending.
    """
    flat = " ".join(soql.split())
    query = quote(flat, safe="")
    return Recipes(
        json=f"{resource}.json?$query={query}",
        csv=f"{resource}.csv?$query={query}&$$asof={version}",
        curl=f"curl -G '{resource}.csv' \\\n  --data-urlencode '$query={_in_shell(flat)}' \\\n  -d '$$asof={version}'",
        python=(
            "import io, requests, pandas\n"
            f"answer = requests.get({resource + '.csv'!r}, params={{\n"
            f"    '$query': {flat!r},\n"
            f"    '$$asof': {version},\n"
            "})\n"
            "answer.raise_for_status()\n"
            "rows = pandas.read_csv(io.StringIO(answer.text))"
        ),
        r=(
            f'query <- "{_in_r(flat)}"\n'
            f'rows <- read.csv(paste0("{resource}.csv?$query=", URLencode(query, reserved = TRUE),\n'
            f'                        "&$$asof={version}"))'
        ),
    )


def _in_shell(text: str) -> str:
    return text.replace("'", "'\\''")


def _in_r(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
