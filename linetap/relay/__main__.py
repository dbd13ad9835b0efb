"""``python -m linetap.relay``: runs a sender, and uses the emergency controls of an outbox from a terminal."""

from __future__ import annotations

import argparse
import io
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from itertools import islice
from typing import Any, TypeVar

from linetap.errors import LinetapError, invalid, literal_text
from linetap.relay import reports
from linetap.relay.base_outbox import BaseOutbox
from linetap.relay.outbox import Outbox
from linetap.relay.sender import OutboxSender

T = TypeVar("T")
_IS_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*").fullmatch


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 where it succeeded, 1 where it failed, 2 for wrong arguments."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == "run":
            return _run(given.sender)
        if given.command == "migrate":
            return _migrate(given)
        with _outbox(given.path, given.channel) as outbox:
            _COMMANDS[given.command](outbox, given)
    except LinetapError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m linetap.relay", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="send until SIGTERM or Ctrl-C; a standby while another sender is the leader")
    run.add_argument("sender", metavar="MODULE:NAME", help="an OutboxSender, or a function that returns one")
    for name, words in (
        ("status", "what waits, what ended, which controls apply, whether a sender runs"),
        ("pause", "stop sending a campaign, or all; entries stay queued"),
        ("resume", "end a pause or a cancellation"),
        ("cancel", "end all entries of a campaign, or of all, that are not in flight"),
        ("dead", "list entries that ended without an accepted push"),
        ("replay", "put dead letters back in the queue"),
        ("history", "all entries of one user"),
        ("audit", "every use of a control"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("path", metavar="OUTBOX", help="the file of the outbox, or MODULE:NAME of one in Postgres")
        command.add_argument("--channel", help="the channel, where the file has several")
        _arguments(command, name)
    migrate = commands.add_parser("migrate", help="make the tables of an outbox in Postgres, or bring them up to date")
    migrate.add_argument(
        "path", metavar="MODULE:NAME", nargs="?", help="a PostgresOutbox, or a function that returns one"
    )
    migrate.add_argument("--print-sql", action="store_true", help="print the script for psql, and connect to nothing")
    migrate.add_argument("--schema", default="linetap", help="the schema that --print-sql writes (linetap)")
    return parser


def _arguments(command: argparse.ArgumentParser, name: str) -> None:
    if name in ("pause", "resume", "cancel"):
        command.add_argument("--campaign", help="its name; without it, the command is for all campaigns")
    if name in ("pause", "cancel"):
        command.add_argument("--reason", required=name == "cancel", default="", help="stored in the audit")
    if name in ("dead", "replay"):
        command.add_argument("--reason", required=name == "replay", help="a state, or the first words of a reason")
    if name == "dead":
        command.add_argument("--limit", type=_count, default=100, help="list so many at most (100)")
    if name == "replay":
        command.add_argument("--even-expired", action="store_true", help="also entries that expired")
    if name == "history":
        command.add_argument("user_id", metavar="USER_ID")


def _count(text: str) -> int:
    """A number of rows."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("must be a number that is not negative")
    return min(int(text), sys.maxsize)


def _run(name: str) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sender, stop = _sender(name), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    report = sender.run(stop)
    print(f"ended: {dict(report.outcomes)}, remaining: {report.remaining}")
    return 0


def _sender(name: str) -> OutboxSender:
    return _made(name, OutboxSender, "such as app:sender")


def _made(name: str, kind: type[T], such_as: str) -> T:
    """What a name stands for, or what its function returns."""
    module, _, attribute = name.partition(":")
    if "://" in name:  # the address of a database: it may contain a password
        raise invalid("MODULE:NAME", "must be a module and a name in it", literal_text("an address"), such_as)
    fix = "write the module's file without .py, and run this in its folder, or set PYTHONPATH"
    try:
        found: Any = getattr(import_module(module), attribute) if attribute else None
    except (ImportError, AttributeError, ValueError, TypeError) as error:  # the last two: ":x" and ".:x"
        rule = "must be a module that can be imported and a name in it"
        raise invalid("MODULE:NAME", rule, str(error), fix) from None
    made: Any = found() if callable(found) and not isinstance(found, kind) else found
    if not isinstance(made, kind):
        article = "an" if kind.__name__[0] in "BO" else "a"
        rule = f"must be {article} {kind.__name__}, or a function that returns one"
        raise invalid("MODULE:NAME", rule, name, such_as)
    return made


def _outbox(name: str, channel: str | None) -> AbstractContextManager[BaseOutbox]:
    """An outbox; one of the user's module is not closed here."""
    if os.path.exists(name):
        return _of_known_channel(Outbox(name, channel=channel))
    if not _IS_NAME(name):  # a new file would say that nothing waits, and a pause of it would stop nothing
        shown = literal_text("an address") if "://" in name else name  # it may contain a password
        fix = "check the spelling and the folder; for Postgres write MODULE:NAME"
        raise invalid("OUTBOX", "must be the path of an outbox that exists", shown, fix)
    if channel is not None:
        raise invalid("--channel", "must not be given with MODULE:NAME", channel, "name the outbox of the channel")
    return nullcontext(_made(name, BaseOutbox, "such as app:outbox"))


def _of_known_channel(outbox: Outbox) -> Outbox:
    """The outbox; raises ``BadArgument`` where its file has other channels alone: a pause would stop nothing."""
    found = reports.channels(outbox._tables)
    if found and (outbox.channel or "") not in found:
        outbox.close()
        names = ", ".join(f"--channel {name!r}" if name else "no --channel" for name in sorted(found))
        raise invalid("--channel", "must be a channel of the outbox", outbox.channel, f"use {names}")
    return outbox


def _migrate(given: argparse.Namespace) -> int:
    from linetap.relay.postgres.outbox import PostgresOutbox

    if given.print_sql:
        print(PostgresOutbox.migration_sql(given.schema), end="")
        return 0
    outbox = _made(given.path or "", PostgresOutbox, "such as app:outbox; or use --print-sql")
    outbox.migrate()
    print(f"the tables in the schema {outbox.schema} are up to date")
    return 0


def _dead(outbox: BaseOutbox, given: argparse.Namespace) -> None:
    for each in islice(outbox.dead_letters(reason=given.reason), given.limit):
        time = each.received_at.isoformat(timespec="seconds")
        _line(each.id, time, each.state, each.campaign or "-", each.reason)


def _replay(outbox: BaseOutbox, given: argparse.Namespace) -> None:
    count = outbox.replay(outbox.dead_letters(reason=given.reason), even_expired=given.even_expired)
    print(f"{count} entries are queued again")


def _history(outbox: BaseOutbox, given: argparse.Namespace) -> None:
    found = outbox.history(given.user_id)
    if not found:
        print("no entry of this user id is in the outbox")
    for each in found:
        time = each.received_at.isoformat(timespec="seconds")
        _line(each.id, time, each.state, each.campaign or "-", each.request_id or each.reason or "-")


def _audit(outbox: BaseOutbox, given: argparse.Namespace) -> None:
    for each in outbox.audit():
        time = each.at.isoformat(timespec="seconds")
        _line(time, each.who, each.action, each.campaign or "-", each.rows, each.reason)


def _pause(outbox: BaseOutbox, given: argparse.Namespace) -> None:
    outbox.pause(given.campaign, given.reason)
    print(f"paused: {given.campaign or 'all campaigns'}")


def _resume(outbox: BaseOutbox, given: argparse.Namespace) -> None:
    words = "resumed" if outbox.resume(given.campaign) else "was neither paused nor cancelled"
    print(f"{words}: {given.campaign or 'all campaigns'}")


def _cancel(outbox: BaseOutbox, given: argparse.Namespace) -> None:
    print(f"{outbox.cancel(given.campaign, given.reason)} entries are cancelled")


_COMMANDS: dict[str, Callable[[BaseOutbox, argparse.Namespace], None]] = {
    "status": lambda outbox, given: print(outbox.status()),
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
    "dead": _dead,
    "replay": _replay,
    "history": _history,
    "audit": _audit,
}


def _program() -> int:
    """``main`` for a terminal or a pipe: any text can be printed, and the reader of a pipe may end first (``head``)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python reports it again at its end
        return 1
    return code


def _line(*cells: object) -> None:
    """Prints one row; a line break or a tab in a cell does not make a row or a cell."""
    print("\t".join(" ".join(str(cell).split()) for cell in cells))


if __name__ == "__main__":
    sys.exit(_program())
