"""The parts of the documentation that are generated from the code: ``nox -s generate`` writes them into the pages."""

from __future__ import annotations

import datetime
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from linetap import ProfileRecord, errors
from linetap.clevertap.models import WebhookCampaign
from linetap.http.types import Idempotency, Operation
from linetap.line.preview import style
from linetap.line.rules.limits import LIMITS

HERE = Path(__file__).parent
PACKAGES = (
    "linetap",
    "linetap.line",
    "linetap.clevertap",
    "linetap.campaign",
    "linetap.sync",
    "linetap.http",
    "linetap.errors",
)
SERVICES = {"LINE": "linetap.line", "CleverTap": "linetap.clevertap"}
WITH_OPERATIONS = (".api.", ".operations", ".campaigns")
AGAIN = {
    Idempotency.SAFE: "no response, 5xx, 429",
    Idempotency.IF_REJECTED: "only 429",
}

HEAD = "| operation | endpoint | sent again after | vendor |\n|---|---|---|---|\n"


PAGES = {
    "reference/operations.md": "operations",
    "reference/errors.md": "error_tree",
    "reference/names.md": "names",
    "reference/limits.md": "limits",
    "pictures.md": "sizes",
}
"""The pages with a generated part, and the function that makes it."""

_START, _END = "<!-- generated: {} -->\n\n", "\n<!-- end of generated -->\n"


def pages() -> dict[str, str]:
    """The text of each page with its generated part as the code is now."""
    found = {}
    for name, part in PAGES.items():
        before, mark, rest = (HERE / name).read_text("utf-8").partition(_START.format(part))
        _, end, after = rest.partition(_END)
        if not mark or not end:
            raise SystemExit(f"docs/{name} has no lines {_START.format(part).strip()} and {_END.strip()}")
        found[name] = before + mark + globals()[part]().strip() + "\n" + end + after
    return found


def stale() -> list[str]:
    """The pages whose generated part is not current."""
    return [f"docs/{name}" for name, text in pages().items() if (HERE / name).read_text("utf-8") != text]


def write() -> None:
    """Writes the generated part of every page."""
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8")


def sizes() -> str:
    """The pixels behind LINE's keywords, as the pictures draw them."""
    scales = {
        "margin, spacing, padding, offset, corner": style.SPACE,
        "text, span, icon": style.TEXT,
        "image width": style.IMAGE,
        "border": style.BORDER,
        "bubble width, where there is room": style.WIDTH,
    }
    rows = (f"| {what} | {', '.join(f'`{k}` {px:g}' for k, px in scale.items())} |" for what, scale in scales.items())
    return "| | px |\n|---|---|\n" + "\n".join(rows) + "\n"


def limits() -> str:
    """LINE's limits, each with the page that states it."""
    rows = []
    for name, limit in LIMITS.items():
        least = f"{limit.least:,} to " if limit.least else ""
        rows.append(f"| `{name}` | {least}{limit.most:,} | {limit.unit} | [page]({limit.page}) |")
    return "| what | limit | counted in | vendor |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def error_tree() -> str:
    """The tree as ``linetap.errors`` draws it, then every error with what it carries."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::\n")[2].rpartition("\n\nEvery error")[0]
    return f"```text\n{inspect.cleandoc(tree)}\n```\n"


def names() -> str:
    """Every public name with the first line of its docstring, by package."""
    parts = []
    for package in PACKAGES:
        module = importlib.import_module(package)
        rows = "\n".join(f"| `{name}` | {_first_line(getattr(module, name))} |" for name in sorted(module.__all__))
        parts.append(f"## {package}\n\n| name | what it is |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _first_line(value: object) -> str:
    text = (inspect.getdoc(value) or "").strip().partition("\n")[0]
    return text.replace("|", "\\|").replace("``", "`")


def operations() -> str:
    """Every endpoint that linetap names: its operation, address, whether it may be repeated."""
    parts = []
    for service, room in SERVICES.items():
        rows = {_row(operation, page) for operation, page in _operations(room)}
        parts.append(f"## {service}\n\n{HEAD}" + "\n".join(sorted(rows)) + "\n")
    return "\n".join(parts)


def _operations(room: str) -> Iterator[tuple[Operation[Any], str]]:
    """One operation of each endpoint, with the vendor's page that its function names."""
    seen: set[str] = set()
    package = importlib.import_module(room)
    for found in sorted(pkgutil.walk_packages(package.__path__, f"{room}."), key=lambda module: module.name):
        if found.ispkg or not found.name.startswith(tuple(room + part for part in WITH_OPERATIONS)):
            continue
        if ".checked" in found.name or "._sync." in found.name or found.name.endswith(".endpoint"):
            continue
        module = importlib.import_module(found.name)
        for function in vars(module).values():
            if _makes_operation(function, module.__name__):
                operation = function(**_sample(function))
                if (key := f"{operation.name} {operation.rate_limit_key}") not in seen:
                    seen.add(key)
                    yield operation, _page(function)


def _makes_operation(function: object, module: str) -> bool:
    """Whether this is one of the module's own public functions that describe an endpoint."""
    return (
        inspect.isfunction(function)
        and function.__module__ == module
        and not function.__name__.startswith("_")
        and str(function.__annotations__.get("return", "")).startswith("Operation[")
        and function.__name__ not in UNNAMED
    )


def _page(function: object) -> str:
    found = re.search(r"https://[^\s)>,;]+", inspect.getdoc(function) or "")
    return f"[page]({found[0].rstrip('.')})" if found else ""


def _row(operation: Operation[Any], page: str) -> str:
    address = operation.endpoint or f"{operation.request.method} {operation.request.path}"
    return f"| `{operation.name}` | `{address}` | {AGAIN[operation.repeat]} | {page} |"


def _sample(function: Callable[..., Any]) -> dict[str, Any]:
    wanted = inspect.signature(function).parameters.values()
    needed = [p.name for p in wanted if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return {name: _new_key() if name == "private_key" else _given(function, name) for name in needed}


def _given(function: Callable[..., Any], name: str) -> Any:
    by_type = {"str": "sample", "int": 1, "Sequence[str]": ["sample"]}.get(str(function.__annotations__.get(name)))
    return SAMPLES.get(f"{function.__name__}.{name}", SAMPLES.get(name, by_type))


def _new_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


UNNAMED = {"any_request", "operation", "raw", "create_webhook_template"}
"""What calls an endpoint that linetap does not name, or one that neither service has."""

_USER = "U" + "0123456789abcdef" * 2
_TEXT = {"type": "text", "text": "Hello"}
SAMPLES: dict[str, Any] = {
    "to": _USER,
    "multicast.to": [_USER],
    "trigger.to": ["customer-1"],
    "day": datetime.date(2026, 3, 1),
    "request_id": "req",
    "multicast_encoded.to": [_USER],
    "user_id": _USER,
    "records": [ProfileRecord("customer-1", {"LineID": _USER})],
    "key": "identity",
    "value": "customer-1",
    "query": {"event_name": "App Launched", "from": 20260301, "to": 20260331},
    "batch_size": 1000,
    "cursor": "cursor",
    "req_id": "1",
    "identities": ["customer-1"],
    "campaign": WebhookCampaign("Spring sale", "LINE relay"),
    "campaign_id": "1",
    "values": {},
    "days": {"from": 20260301, "to": 20260331},
    "messages_json": [_TEXT],
    "tail": b'"messages":[]}',
    "body": b',"messages":[]}',
    "reply_token": "token",
    "kind": "push",
    "validate.messages": "Hello",
    "url": "https://example.com/",
    "channel_id": "1234567890",
    "channel_secret": "secret",
    "access_token": "token",
    "key_id": "kid",
    "valid_for": 60,
    "now": 0.0,
    "retry_key": "123e4567-e89b-12d3-a456-426614174000",
    "unit": "spring_sale",
    "since": datetime.date(2026, 3, 1),
    "until": datetime.date(2026, 3, 31),
}
"""One argument of each name (``function.argument`` where a name means different things)."""


if __name__ == "__main__":
    write()
