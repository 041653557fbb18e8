"""
What the first visit to the report page weighs, without the map: everything the browser fetches, as it travels.

    python -m bench.page_weight

The bar is 150 KB.
"""

import json
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.installation import home, served

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests import chromium

BAR = 150 * 1024
PAGES = ("/springfield/", "/springfield/report/", "/springfield/report/service/POTHOLE/", "/springfield/desk/")


def main() -> None:
    """Visit each page with an empty cache and add up what came."""
    weights = {}
    with home() as environment, served(environment, port=8396) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        for path in PAGES:
            context = browser.new_context()
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            came: list[float] = []
            session.on("Network.loadingFinished", lambda event, came=came: came.append(event["encodedDataLength"]))
            page.goto(url + path, wait_until="networkidle")
            weights[path] = int(sum(came))
            print(f"{path:44} {weights[path] / 1024:6.1f} KB")
            context.close()
        browser.close()
    heaviest = max(weights.values())
    print(json.dumps({"bytes": weights, "bar_bytes": BAR, "share_of_bar": round(heaviest / BAR, 2)}))


if __name__ == "__main__":
    main()
