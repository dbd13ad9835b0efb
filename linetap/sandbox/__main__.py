"""``python -m linetap.sandbox``: both services on 127.0.0.1; prints the environment variables that select them."""

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
    parser.add_argument("--followers", type=int, default=30, help="followers at the start (default: 30)")
    parser.add_argument("--blocked", type=int, default=0, help="how many of them have blocked the account")
    parser.add_argument("--quota", type=int, default=None, help="messages a month (default: no limit)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each response")
    parser.add_argument("--rate-limits", action="store_true", help="apply LINE's published rate limits")
    parser.add_argument("--seed", type=int, default=0, help="ids and tokens are the same for the same seed")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None, *, wait: Callable[[], object] | None = None) -> int:
    """Serves until interrupted; prints ``export`` lines for a shell, and the address of the sandbox's page."""
    asked = _arguments(given)
    wait = wait or _stop_signal()  # before anything is printed: the reader of the lines may stop this process at once
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
        print(f"# {asked.followers} followers; page: {box.line_url}/ - press Ctrl-C to stop", flush=True)
        wait()
    return 0


def _stop_signal() -> Callable[[], object]:
    """A function that waits for SIGINT or SIGTERM."""
    received = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: received.set())

    def wait() -> None:
        while not received.wait(0.5):  # a wait without a limit cannot be interrupted on Windows
            pass

    return wait


if __name__ == "__main__":
    sys.exit(main())
