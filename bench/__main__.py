"""`make bench`: every measurement in turn, into `bench/results/`."""

import json
import subprocess
import sys
from pathlib import Path

PARTS = (
    "page_weight",
    "create_requests",
    "staff_list",
    "open311_list",
    "import_requests",
    "bridge",
    "duplicates_rate",
    "triage",
    "promises",
    "classify",
    "texts",
    "record",
    "publication_lag",
    "photos",
)
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run each part, show what it prints, and keep its last line."""
    RESULTS.mkdir(exist_ok=True)
    for part in PARTS:
        print(f"== {part}", flush=True)
        run = subprocess.run([sys.executable, "-m", f"bench.{part}"], stdout=subprocess.PIPE, text=True, check=True)
        print(run.stdout)
        last = json.loads(run.stdout.strip().splitlines()[-1])
        (RESULTS / f"{part}.json").write_text(json.dumps(last, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
