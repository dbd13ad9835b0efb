"""``python -m linetap.sandbox``: both services on 127.0.0.1 until stopped, and the environment to reach them by."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence

from linetap.sandbox import Clock, Sandbox


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m linetap.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="LINE's port, CleverTap's is the next (default: free ones)")
    parser.add_argument("--followers", type=int, default=30, help="followers to begin with (default: 30)")
    parser.add_argument("--blocked", type=int, default=0, help="how many of them have blocked the account")
    parser.add_argument("--quota", type=int, default=None, help="messages a month (default: no limit)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--rate-limits", action="store_true", help="hold to LINE's published rate limits")
    parser.add_argument("--seed", type=int, default=0, help="ids and tokens are the same for the same seed")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None, *, wait: Callable[[], object] | None = None) -> int:
    """Serves until interrupted; prints ``export`` lines for a shell, and the address of the page to look at."""
    asked = _arguments(given)
    wait = wait or _told()  # before anything is printed: who reads the lines may stop us at once
    try:
        sandbox = Sandbox(
            port=asked.port,
            clock=Clock(source=time.time),
            seed=asked.seed,
            latency=asked.latency,
            rate_limits=asked.rate_limits,
            journal=500,
        )
    except ImportError as missing:
        print(missing, file=sys.stderr)
        return 2
    with sandbox as box:
        ids = box.line.add_followers(asked.followers)
        for user_id in ids[: asked.blocked]:
            box.line.block(user_id)
        box.line.quota = asked.quota
        for name, value in box.env.items():
            print(f"export {name}='{value}'")
        print(f"# {asked.followers} followers; a page to look at: {box.line_url}/ - Ctrl-C ends it", flush=True)
        wait()
    return 0


def _told() -> Callable[[], object]:
    """Waits for Ctrl-C or a polite kill."""
    told = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: told.set())

    def wait() -> None:
        while not told.wait(0.5):  # a wait without a limit cannot be interrupted on Windows
            pass

    return wait


if __name__ == "__main__":
    sys.exit(main())
