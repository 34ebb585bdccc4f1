"""The picture of the page in the README: a run of `six` on day 50, as a browser shows it.

uv run python tests/benchmarks/page_picture.py [results/page.png]
"""

import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

ADDRESS = "?case=six&seed=246&day=50"
SIZE: ViewportSize = {"width": 1400, "height": 800}
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def main() -> None:
    """Serve the page, take its picture, and store it with a palette, which makes it small."""
    target = sys.argv[1] if len(sys.argv) > 1 else "results/page.png"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    command = ["tariff-pause", "view", "--port", "0", "--no-open"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = next(word for line in server.stdout for word in line.split() if word.startswith("http"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.goto(url + ADDRESS)
            page.locator("h1.now").wait_for()
            page.wait_for_timeout(500)
            page.screenshot(path=target)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE).save(
            target, optimize=True
        )
    print(f"{target}: {Path(target).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
