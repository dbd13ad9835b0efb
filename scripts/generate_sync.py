"""Writes the sync clients and groups of endpoints from the async ones, and what follows from them: ``nox -s generate``.

The async source is written by hand; the sync file is this script's output and is checked in. ``--check`` writes nothing
and exits with 1 where a file is not current. The tables of lazy names in ``linetap/line`` are written, too: they list
what each group declares in its ``__all__``; so is the table of LINE's rate limits, from each group's ``RATES``.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import client_parts

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "nox -s generate"

# Whole files: source -> target.
CLIENTS = {
    "linetap/line/bulk_async_client.py": "linetap/line/bulk_client.py",
    "linetap/line/methods_async_client.py": "linetap/line/methods_client.py",
    "linetap/line/async_client.py": "linetap/line/client.py",
    "linetap/clevertap/methods_async_client.py": "linetap/clevertap/methods_client.py",
    "linetap/clevertap/async_client.py": "linetap/clevertap/client.py",
}
# Groups of endpoints: the class Async... is written to _sync/ and imports all else from the source.
GROUPS = ("linetap/line/api/*.py", "linetap/clevertap/campaigns.py")


def _generated(folder: str, name: str) -> tuple[str, str]:
    """The docstring of a module of methods, in both forms."""
    about = "The methods of ``{}{}Client`` that are used every day.\n\n"
    source, target = f"linetap/{folder}/methods_async_client.py", f"linetap/{folder}/methods_client.py"
    return (
        about.format("Async", name) + f"``{target}`` is generated from this file: ``nox -s generate``.",
        about.format("", name) + f"Generated from ``{source}`` by ``nox -s generate``; do not edit.",
    )


# Text of the sources that the sync files state in other words. Each must occur in its file.
WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "linetap/line/async_client.py": (
        (
            (
                '"""``AsyncLineClient``: LINE\'s endpoints as coroutine functions (extra ``async``).\n\n'
                "``linetap/line/client.py`` is generated from this file: ``nox -s generate``."
            ),
            (
                '"""``LineClient``: LINE\'s endpoints as methods.\n\n'
                "Generated from ``linetap/line/async_client.py`` by ``nox -s generate``; do not edit."
            ),
        ),
        ("for one channel, with coroutine functions.", "for one channel."),
        (
            (
                "Needs aiohttp (``pip install 'linetap[async]'``); works on asyncio's own loop and on uvloop, on one "
                "loop at a\n    time. Close it with ``async with`` or ``await close()``."
            ),
            "Thread-safe, and safe after a fork. Close it with ``with`` or ``close()``.",
        ),
    ),
    "linetap/line/methods_async_client.py": (_generated("line", "Line"),),
    "linetap/clevertap/methods_async_client.py": (
        _generated("clevertap", "CleverTap"),
        ("any iterable, an async iterable too.", "any iterable."),
    ),
    "linetap/line/bulk_async_client.py": (
        (
            (
                '"""The bulk sends of ``AsyncLineClient``.\n\n``linetap/line/bulk_client.py`` is generated from this '
                "file: ``nox -s generate``."
            ),
            (
                '"""The bulk sends of ``LineClient``.\n\nGenerated from ``linetap/line/bulk_async_client.py`` by '
                "``nox -s generate``; do not edit."
            ),
        ),
        (" (end the loop\n        inside ``contextlib.aclosing``)", ""),
        (
            "any iterable of ``Delivery``, also an async one, read lazily: memory does not grow with it.",
            "any iterable of ``Delivery``, read lazily: memory does not grow with it.",
        ),
        (
            " So has the ``CancelledError`` of a cancelled task; a second cancellation ends the waiting.",
            " So has the ``KeyboardInterrupt`` of Ctrl-C.",
        ),
    ),
    "linetap/clevertap/async_client.py": (
        (
            (
                '"""``AsyncCleverTapClient``: CleverTap\'s endpoints as coroutine functions (extra ``async``).\n\n'
                "``linetap/clevertap/client.py`` is generated from this file: ``nox -s generate``."
            ),
            (
                '"""``CleverTapClient``: CleverTap\'s endpoints as methods.\n\n'
                "Generated from ``linetap/clevertap/async_client.py`` by ``nox -s generate``; do not edit."
            ),
        ),
        ("One CleverTap account, with coroutine functions.", "One CleverTap account."),
        (
            "Needs aiohttp (``pip install 'linetap[async]'``). Close it with ``async with`` or ``await close()``.",
            "Thread-safe, and safe after a fork. Close it with ``with`` or ``close()``.",
        ),
    ),
}

# The rules of the translation, in their order.
RULES: tuple[tuple[str, str], ...] = (
    (r"linetap\.line\.bulk_async_client", "linetap.line.bulk_client"),
    (r"linetap\.clevertap\.campaigns import AsyncCampaigns", "linetap.clevertap._sync.campaigns import Campaigns"),
    (r"linetap\.line\.api\.(\w+) import Async", r"linetap.line.api._sync.\1 import "),
    (r"linetap\.(line|clevertap)\.(groups|raw|methods)_async_client", r"linetap.\1.\2_client"),
    (r"linetap\.(line|clevertap)\.async_client", r"linetap.\1.client"),
    (r"allow_async=True", "allow_async=False"),
    (r"AsyncGenerator\[([\w.]+), None\]", r"Generator[\1, None, None]"),
    (r"Iterable\[([\w.]+)\] \| AsyncIterable\[\1\]", r"Iterable[\1]"),
    (r"Awaitable\[(\w+( \| None)?)\]", r"\1"),
    (r"linetap\.http\.aio\.transport", "linetap.http.sync.transport"),
    (r"bulk\.tasks", "bulk.threads"),
    (r"async_concurrency", "concurrency"),
    (r"batches_async", "batches"),
    (r"\baclosing\b", "closing"),
    (r"__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\bAsyncTransport\b", "SyncTransport"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"aiohttp\.ClientSession", "requests.Session"),
    (r"\bAsync(?=[A-Z])", ""),
)


def translated(text: str, source: str) -> str:
    """The sync form of ``text``."""
    for old, new in WORDS.get(source, ()):
        if old not in text:
            raise SystemExit(f"scripts/generate_sync.py: WORDS has a text that {source} does not have: {old[:60]!r}")
        text = text.replace(old, new)
    for pattern, replacement in RULES:
        text = re.sub(pattern, replacement, text)
    return text


def client(source: str) -> str:
    """A client module: the whole file."""
    return translated((ROOT / source).read_text("utf-8"), source)


def group(source: str) -> str:
    """A group module: its client class, with the imports that it uses."""
    text = (ROOT / source).read_text("utf-8")
    tree = ast.parse(text)
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.startswith("Async"))
    body = "\n".join(text.splitlines()[found.lineno - 1 : found.end_lineno])
    used = {node.id for node in ast.walk(found) if isinstance(node, ast.Name)}
    used |= {node.value for node in ast.walk(found) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    module = source.removesuffix(".py").replace("/", ".")
    imports = [*_imports(tree, used, module)]
    head = f'"""Generated from ``{source}`` by ``{COMMAND}``; do not edit."""\n\nfrom __future__ import annotations\n\n'
    return translated(head + "\n".join(imports) + "\n\n\n" + body + "\n", source)


def _imports(tree: ast.Module, used: set[str], module: str) -> Iterator[str]:
    own, typed = [], []
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _import(node, used)
        elif isinstance(node, ast.If):  # TYPE_CHECKING
            typed = [f"    {line}" for child in node.body for line in _import(child, used)]
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in used:
            own.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            own += [t.id for t in targets if isinstance(t, ast.Name) and t.id in used and t.id != "__all__"]
    own = [name for name in own if not name.startswith("Async")]
    if own:
        yield f"from {module} import {', '.join(sorted(own))}"
    if typed:
        yield from ("from typing import TYPE_CHECKING", "", "if TYPE_CHECKING:", *typed)


def _import(node: ast.stmt, used: set[str]) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.module != "__future__":
        names = [alias for alias in node.names if (alias.asname or alias.name) in used]
        for alias in names:
            yield f"from {node.module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def groups() -> dict[str, str]:
    """The group modules: source -> target."""
    found = {}
    for pattern in GROUPS:
        for path in sorted(ROOT.glob(pattern)):
            if re.search(r"^class Async\w+\(Group", path.read_text("utf-8"), re.M):
                source = path.relative_to(ROOT).as_posix()
                found[source] = f"{path.parent.relative_to(ROOT).as_posix()}/_sync/{path.name}"
    return found


def tables(path: str, package: str) -> str:
    """A module of lazy names with the names of the package's groups."""
    text = (ROOT / path).read_text("utf-8")
    tree = ast.parse(text)
    node = next(n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "_MODULES")
    known: dict[str, str] = ast.literal_eval(node.value)
    declared = _declared(package)
    modules = {module: names for module, names in known.items() if module not in declared and "._sync." not in module}
    for module, names in declared.items():
        modules[module] = " ".join(sorted(names))
    return _with_tables(text, tree, node, dict(sorted(modules.items())))


def _declared(package: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source, target in groups().items():
        if not source.startswith(package):
            continue
        tree = ast.parse((ROOT / source).read_text("utf-8"))
        names = next(n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__")
        listed: list[str] = ast.literal_eval(names)
        found[_module(source)] = listed
        found[_module(target)] = [name.removeprefix("Async") for name in listed if name.startswith("Async")]
    return found


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _with_tables(text: str, tree: ast.Module, table: ast.Assign, modules: dict[str, str]) -> str:
    block = next(node for node in tree.body if isinstance(node, ast.If))
    pairs = [(module, name) for module, names in modules.items() for name in sorted(names.split())]
    imports = ["if TYPE_CHECKING:", *(f"    from {module} import {name} as {name}" for module, name in pairs)]
    rows = [f"    {module!r}: {_wrapped(names)}," for module, names in modules.items()]
    lines = text.splitlines()
    lines[table.lineno - 1 : table.end_lineno] = ["_MODULES = {", *rows, "}"]
    lines[block.lineno - 1 : block.end_lineno] = imports
    return "\n".join(lines) + "\n"


def _wrapped(names: str) -> str:
    """A string literal; a long one in several lines."""
    lines = textwrap.wrap(names, 90)
    if len(lines) == 1:
        return repr(names)
    return "(" + " ".join(repr(line + " ") for line in lines[:-1]) + f" {lines[-1]!r})"


def rate_table() -> str:
    """The module of the rate limits that the groups of LINE declare."""
    rates: dict[str, tuple[int, int]] = {}
    for path in sorted((ROOT / "linetap" / "line" / "api").glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            declares = isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "RATES"
            if isinstance(node, ast.AnnAssign) and node.value and declares and path.name != "rates.py":
                rates |= ast.literal_eval(node.value)
    rows = "".join(f"    {endpoint!r}: {rate},\n" for endpoint, rate in sorted(rates.items()))
    head = f'"""Rate limits that the groups of endpoints declare. Generated by ``{COMMAND}``; do not edit."""\n\n'
    imports = "from __future__ import annotations\n\nfrom collections.abc import Mapping\n\n"
    return f"{head}{imports}DECLARED: Mapping[str, tuple[int, int]] = {{\n{rows}}}\n"


def outputs() -> dict[str, str]:
    """Every generated file: path -> text, before ruff."""
    found = {target: client(source) for source, target in CLIENTS.items() if (ROOT / source).exists()}
    for target, text in client_parts.outputs().items():
        found[target] = text
        found[target.replace("_async_client", "_client")] = translated(text, target)
    found["linetap/line/api/rate_table.py"] = rate_table()
    found |= {target: group(source) for source, target in groups().items()}
    found["linetap/line/__init__.py"] = tables("linetap/line/__init__.py", "linetap/line")
    found["linetap/line/lazy_types.py"] = tables("linetap/line/lazy_types.py", "linetap/line")
    return found


def same(text: str, path: Path) -> bool:
    """Whether the file has the same code as ``text``; ruff alone changes the format and the order of imports."""
    return path.exists() and _code(text) == _code(path.read_text("utf-8"))


_IMPORTS = (ast.Import, ast.ImportFrom, ast.If)


def _code(text: str) -> tuple[list[str], list[str]]:
    tree = ast.parse(text)
    imports = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            imports += [f"{node.module} {alias.name} {alias.asname}" for alias in node.names]
    rest = [ast.dump(statement) for statement in tree.body if not isinstance(statement, _IMPORTS)]
    # ruff removes the imports that the sync form does not use.
    return sorted(set(imports) & _used(text)), rest


def _used(text: str) -> set[str]:
    tree = ast.parse(text)
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    return {
        f"{node.module} {alias.name} {alias.asname}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) in names
    }


def stale() -> list[str]:
    """The generated files that are not current."""
    return [path for path, text in outputs().items() if not same(text, ROOT / path)]


def main(arguments: list[str]) -> int:
    """Writes the files that are not current (``--all``: every file), or with ``--check`` lists them."""
    if "--check" in arguments:
        found = stale()
        print("\n".join([f"not current: {path} (run `{COMMAND}`)" for path in found]) or "all files are current")
        return 1 if found else 0
    written = []
    for path, text in outputs().items():
        if "--all" in arguments or not same(text, ROOT / path):
            (ROOT / path).parent.mkdir(exist_ok=True)
            (ROOT / path).write_text(text, "utf-8")
            written.append(path)
    if written:
        ruff = [sys.executable, "-m", "ruff"]
        subprocess.run([*ruff, "check", "-q", "--fix", "--select", "I,F401", *written], cwd=ROOT, check=True)
        subprocess.run([*ruff, "format", "-q", *written], cwd=ROOT, check=True)
    print("\n".join([f"written: {path}" for path in written]) or "all files were current")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
