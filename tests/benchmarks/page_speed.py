"""How fast the page is: median milliseconds from a click to the new picture shown, in a real Chromium.

    uv run python tests/benchmarks/page_speed.py [six eighteen all]

The clock runs in the browser, from the click on Step to the animation frame after the last panel has changed.
"""

import shutil
import socket
import statistics
import subprocess
import sys
import time
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
CLICK = """([selector, value]) => new Promise((done) => {
  const target = document.querySelector(selector);
  const before = document.querySelector(".answer").dataset.serial;
  const began = performance.now();
  const look = () => {
    if (document.querySelector(".answer").dataset.serial === before) return requestAnimationFrame(look);
    requestAnimationFrame(() => done(performance.now() - began));
  };
  if (value === null) target.click();
  else { target.value = value; target.dispatchEvent(new Event("change")); }
  look();
})"""
STEP = 'button[title^="Play one day"]'
SLIDER = 'input[type=range][aria-label="headline value"]'
SETTLED = "document.querySelector('.panel-notices [role=status]') === null"


def free_port() -> int:
    """A port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def measure(page: Page, url: str) -> dict[str, float]:
    """Medians of one case: opening the page, a step, changing a slider until the new run is shown."""
    began = time.perf_counter()
    page.goto(url)
    page.locator(".answer").wait_for(state="attached", timeout=60_000)
    opened = 1000 * (time.perf_counter() - began)
    steps = [page.evaluate(CLICK, [STEP, None]) for _ in range(60)]
    sliders, answers = [], []
    for value in ("0.02", "0.04", "0.05", "0.07", "0.01"):
        began = time.perf_counter()
        answers.append(page.evaluate(CLICK, [SLIDER, value]))
        page.wait_for_function(SETTLED, timeout=120_000)
        sliders.append(1000 * (time.perf_counter() - began))
    return {
        "open": opened,
        "step": statistics.median(steps),
        "step, slowest": max(steps),
        "slider answers": statistics.median(answers),
        "slider, new run shown": statistics.median(sliders),
    }


def main() -> None:
    """Measure the cases named, or all of them."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    for case in sys.argv[1:] or ["six", "eighteen", "all"]:
        port = free_port()
        command = ["tariff-pause", "view", "--case", case, "--port", str(port), "--no-open"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            while "http" not in server.stdout.readline():
                pass
            url = f"http://127.0.0.1:{port}/"
            urlopen(url).read()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                figures = measure(browser.new_page(viewport={"width": 1400, "height": 900}), url)
                browser.close()
        finally:
            server.terminate()
            server.wait()
        print(f"{case:<10}" + "  ".join(f"{name} {value:.0f} ms" for name, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
