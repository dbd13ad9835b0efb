"""A real Chromium for tests of pages: it may fetch nothing, and reports what it tried to fetch."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
]


class Seen(NamedTuple):
    """The result of a page's script, its network requests, and its errors."""

    value: Any
    requests: list[str]
    errors: list[str]


class Chromium:
    """One browser, driven from its own thread.

    Playwright's synchronous API keeps an event loop running in its thread; in the tests' own thread
    every asyncio test after it would fail.
    """

    def __init__(self, browser: Any, thread: ThreadPoolExecutor) -> None:
        self._browser, self._thread = browser, thread
        self._pages: dict[str, tuple[Any, list[str], list[str]]] = {}

    def ask(
        self, html: str, script: str = "() => null", *, fresh: bool = False, fetches: bool = False, **context: Any
    ) -> Seen:
        """Opens a page of ``html`` and evaluates ``script`` in it, after two frames have been rendered.

        ``fresh``: in a window that has shown nothing before, so that no late request of another page counts.
        ``fetches``: waits for the first request; pictures may be asked for after the page is there.
        """
        frames = "for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame)"
        settled = f"async () => {{ {frames}; return ({script})() }}"
        return self._thread.submit(
            self._use, html, lambda page: page.evaluate(settled), context, fresh, fetches
        ).result(60)

    def shoot(self, html: str, path: str, selector: str = "body", **context: Any) -> Seen:
        """A PNG of the element ``selector``."""
        take = lambda page: page.locator(selector).first.screenshot(path=path)  # noqa: E731
        return self._thread.submit(self._use, html, take, context).result(60)

    def _use(
        self,
        html: str,
        use: Callable[[Any], Any],
        context: dict[str, Any],
        fresh: bool = False,
        fetches: bool = False,
    ) -> Seen:
        if fresh:
            self._pages.pop(repr(context), None)
        page, requests, errors = self._pages.get(repr(context)) or self._open(context)
        requests.clear()
        errors.clear()
        with page.expect_request("**/*") if fetches else nullcontext():
            page.set_content(html, wait_until="load")
        return Seen(use(page), [*requests], [*errors])

    def _open(self, context: dict[str, Any]) -> tuple[Any, list[str], list[str]]:
        opened = self._browser.new_context(**{"viewport": {"width": 420, "height": 900}, **context})
        requests: list[str] = []
        errors: list[str] = []

        def reject(route: Any) -> None:
            requests.append(route.request.url)
            route.abort()

        def dismiss(dialog: Any) -> None:
            errors.append(dialog.message)
            dialog.dismiss()

        opened.route("**/*", reject)
        page = opened.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", dismiss)
        self._pages[repr(context)] = page, requests, errors
        return page, requests, errors


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Starts Chromium, or skips the test with the reason."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright is not installed (pip install 'linetap[test]')")
    if path is None:
        pytest.skip("no chromium on PATH (Debian: apt install chromium)")
    with ThreadPoolExecutor(1, "chromium") as thread:
        driver, browser = thread.submit(_start, path).result(60)
        try:
            yield Chromium(browser, thread)
        finally:
            thread.submit(lambda: (browser.close(), driver.stop())).result(60)


def _start(path: str) -> tuple[Any, Any]:
    from playwright.sync_api import sync_playwright

    driver = sync_playwright().start()
    return driver, driver.chromium.launch(executable_path=path, args=FLAGS)
