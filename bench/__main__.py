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
    "record --rows 1000000",
    "record --rows 5000000",
    "publication_lag",
    "photos",
    # Takes more than an hour and 60 GB of disk, so the others come before it.
    "record --rows 40000000",
)
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run each part, show what it prints, and keep its last line."""
    RESULTS.mkdir(exist_ok=True)
    for part in PARTS:
        print(f"== {part}", flush=True)
        name, *options = part.split()
        command = [sys.executable, "-m", f"bench.{name}", *options]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        print(run.stdout)
        last = json.loads(run.stdout.strip().splitlines()[-1])
        (RESULTS / f"{'_'.join([name, *options[1:]])}.json").write_text(
            json.dumps(last, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
