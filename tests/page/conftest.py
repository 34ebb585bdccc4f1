"""What tests of the page can ask for: the command serving, and a Chromium to open it in."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools.served_page import CHROMIUM, FLAGS, SEED, Opened, serving


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server"), "--seed", str(SEED)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Browser contexts by colour scheme; each keeps what it has fetched for the next page."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None and "CI" not in os.environ:
        pytest.skip("no chromium, chromium-browser or google-chrome")
    assert CHROMIUM, "this needs Chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield {scheme: chromium.new_context(color_scheme=scheme) for scheme in ("light", "dark")}
        chromium.close()


@pytest.fixture
def opened(browser, url) -> Iterator[Opened]:
    page = Opened(browser, url)
    yield page
    page.close()
