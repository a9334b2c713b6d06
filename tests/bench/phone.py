"""A plaque's page on a phone with a weak network: when something is painted, and when the largest thing is.

Chromium, 360 × 640 at three pixels a point, its network held to slow 3G (2 s, 400 kb/s) and fast 3G (562 ms,
1.47 Mb/s) and its processor to a quarter, by the DevTools protocol. Cold cache, three sites, median of five.
"""

import os
import subprocess
import sys
from statistics import median

from playwright.sync_api import sync_playwright

from tests import programs
from tests.bench import database, pages

RUNS = 5
SITES = ["plei-oi", "bien-ho", "tay-son-thuong-dao"]
NETWORKS = {  # ms, kb/s, and the goals in seconds: first paint, largest paint
    "slow 3G": (2000, 400, 2.6, 5.0),
    "fast 3G": (562, 1470, 1.0, 1.8),
}
PHONE = {
    "viewport": {"width": 360, "height": 640}, "device_scale_factor": 3, "is_mobile": True, "has_touch": True,
    "locale": "vi-VN",
}  # fmt: skip
PAINTS = """() => new Promise(done => {
  const found = {};
  new PerformanceObserver(list => list.getEntries().forEach(entry => {
    if (entry.name === "first-contentful-paint") found.first = entry.startTime;
  })).observe({type: "paint", buffered: true});
  new PerformanceObserver(list => list.getEntries().forEach(entry => {
    found.largest = entry.startTime;
    found.what = entry.element ? entry.element.tagName : "?";
  })).observe({type: "largest-contentful-paint", buffered: true});
  setTimeout(() => done(found), 1000);
})"""


def run() -> None:
    """Measures in a fresh process and prints."""
    subprocess.run([sys.executable, "-m", "tests.bench.phone"], check=True)


def measure() -> None:
    """Prints, for each network and site, the medians of `RUNS` cold openings."""
    with database("bench_phone") as url:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs a loop in this thread
        from heritage.models import Site
        from tests import builders

        builders.make_fourteen()
        codes = {slug: builders.make_plaque(site=Site.objects.get(slug=slug)).code_id for slug in SITES}
        server = pages.Server(url.replace("portal_owner", "portal_app", 1))
        with server as port, sync_playwright() as playwright:
            browser = chromium(playwright)
            for code in codes.values():
                open_once(browser, f"http://localhost:{port}/H/{code}", 0, 0)  # the server keeps it from here
            for name, (latency, speed, first_goal, largest_goal) in NETWORKS.items():
                print(f"{name}: goal {first_goal} / {largest_goal} s")
                for slug, code in codes.items():
                    address = f"http://localhost:{port}/H/{code}"
                    found = [open_once(browser, address, latency, speed) for _ in range(RUNS)]
                    first, largest = (
                        median(one[key] for one in found) / 1000 for key in ("first", "largest")
                    )
                    told = f"{found[0]['requests']} requests, {found[0]['bytes'] / 1000:.1f} KB"
                    print(f"  {slug}: {first:.2f} / {largest:.2f} s ({found[0]['what']}); {told}", flush=True)


def chromium(playwright):
    """A headless Chromium of the machine."""
    return playwright.chromium.launch(executable_path=programs.whole(), args=programs.ARGUMENTS)


def open_once(browser, address: str, latency: int, speed: int) -> dict:
    """Opens the page with an empty cache: ms to the first and the largest paint, requests and bytes."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    tools = context.new_cdp_session(page)
    seen = {"requests": 0, "bytes": 0}
    tools.on("Network.responseReceived", lambda event: seen.update(requests=seen["requests"] + 1))
    tools.on(
        "Network.loadingFinished",
        lambda event: seen.update(bytes=seen["bytes"] + event["encodedDataLength"]),
    )
    tools.send("Network.enable")
    if speed:
        rate = speed * 1000 / 8  # bytes a second
        held = {"latency": latency, "downloadThroughput": rate, "uploadThroughput": rate, "offline": False}
        tools.send("Network.emulateNetworkConditions", held)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address, wait_until="load", timeout=60_000)
    found = page.evaluate(PAINTS)
    context.close()
    return found | seen


if __name__ == "__main__":
    measure()
