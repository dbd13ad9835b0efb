"""The house keeps its shape: who may import whom, who may touch the world, which names are public."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path

import pytest

import linetap

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "linetap"

# Who stands where: the first pattern that fits a module decides. A new module needs a line here, unless it
# carries the name of a room that is listed (rules_flex beside rules). "wire only" is the sandbox's other hand.
INDEPENDENT, PUBLIC, TOP = -1, 8, 9
LAYERS: tuple[tuple[str, int], ...] = (
    ("linetap", TOP),
    ("linetap.testing", TOP),
    ("linetap.demo*", TOP),
    ("linetap.sandbox", TOP),
    ("linetap.sandbox.servers", TOP),
    ("linetap.sandbox.web*", TOP),
    ("linetap.sandbox.__main__", TOP),
    ("linetap.sandbox.*", INDEPENDENT),
    ("linetap._lazy", 0),
    ("linetap.errors", 0),
    ("linetap.fields", 0),
    ("linetap.http.types", 0),
    ("linetap.models.dumps", 0),
    ("linetap.display.html", 0),
    ("linetap.display.text", 0),
    ("linetap.line.rules.limits", 0),
    ("linetap.line.api.rates", 0),
    ("linetap.clevertap.limits", 0),
    ("linetap.clevertap.codes", 0),
    ("linetap.http.sync*", 3),
    ("linetap.http.aio*", 3),
    ("linetap.http", PUBLIC),
    ("linetap.http.*", 1),
    ("linetap.models*", 1),
    ("linetap.display*", 1),
    ("linetap.frames", 1),
    ("linetap.liquid*", 1),
    ("linetap.store*", 3),
    ("linetap.line", PUBLIC),
    ("linetap.line.rules*", 1),
    ("linetap.line.messages*", 2),
    ("linetap.line.tokens", 2),
    ("linetap.line.api.retry_keys", 1),
    ("linetap.line.api.responses", 1),
    ("linetap.line.api.results", 2),
    ("linetap.line.api.account_results", 2),
    ("linetap.line.api.checked*", 4),
    ("linetap.line.api*", 3),
    ("linetap.line.webhooks*", 3),
    ("linetap.line.bulk.report", 2),
    ("linetap.line.bulk*", 4),
    ("linetap.line.preview*", 4),
    ("linetap.line.*client*", 4),
    ("linetap.clevertap", PUBLIC),
    ("linetap.clevertap.rules", 1),
    ("linetap.clevertap.records", 2),
    ("linetap.clevertap.reports", 2),
    ("linetap.clevertap.templates", 2),
    ("linetap.clevertap.credentials", 2),
    ("linetap.clevertap.models", 2),
    ("linetap.clevertap.encoding", 3),
    ("linetap.clevertap.operations", 3),
    ("linetap.clevertap.csv_export", 3),
    ("linetap.clevertap.*", 4),
    ("linetap.campaign", PUBLIC),
    ("linetap.campaign.liquid_writer", 3),
    ("linetap.campaign.*", 4),
    ("linetap.sync", PUBLIC),
    ("linetap.sync.*", 5),
    ("linetap.relay*", 5),
    ("linetap.launch*", 5),
)
# Campaigns, models and operations do not know who sends them.
CLIENTS = ("linetap.*.client*", "linetap.*.async_client*")
MAY_USE_CLIENTS = (
    "linetap.sync*",
    "linetap.relay*",
    "linetap.launch*",
    "linetap.line.*client*",
    "linetap.clevertap.*client*",
)

# Which modules may use sockets, files, databases, clocks, randomness and the environment, and through which library.
# A module that is not named here uses none of them.
WORLD: dict[str, tuple[str, ...]] = {
    "requests": ("linetap.http.sync*", "linetap.sandbox.servers"),
    "urllib3": ("linetap.http.sync*", "linetap.sandbox.servers"),
    "aiohttp": ("linetap.http.aio*", "linetap.sandbox.servers"),
    "cattrs": ("linetap.models*",),
    "socket": ("linetap.http.sync*", "linetap.http.aio*", "linetap.sandbox.servers"),
    "ssl": ("linetap.http.sync*", "linetap.http.aio*", "linetap.sandbox.servers"),
    "sqlite3": ("linetap.store*",),
    "threading": (
        "linetap.http.sync*",
        "linetap.http.aio*",
        "linetap.http.rate_limit",
        "linetap.store*",
        "linetap.line.tokens",
        "linetap.*.*client*",
        "linetap.clevertap.concurrency",
        "linetap.sync*",
        "linetap.relay*",
        "linetap.sandbox*",
    ),
    "time": (
        "linetap.http.sync*",
        "linetap.http.aio*",
        "linetap.*.*client*",
        "linetap.clevertap.concurrency",
        "linetap.sync*",
        "linetap.relay*",
        "linetap.launch*",
        "linetap.sandbox.core.clock",
        "linetap.sandbox.servers",
        "linetap.sandbox.__main__",
        "linetap.demo*",
        "linetap.display.progress",
    ),
    "random": ("linetap.http.sync*", "linetap.http.aio*"),
    "secrets": ("linetap.sandbox.servers",),
    "uuid": ("linetap.line.*", "linetap.relay*", "linetap.sandbox.core.clock", "linetap.sandbox"),
    "os": (
        "linetap.line.api.retry_keys",
        "linetap.*.*client*",
        "linetap.http.sync*",
        "linetap.http.aio*",
        "linetap.store*",
        "linetap.clevertap.csv_export",
        "linetap.sync*",
        "linetap.relay*",
        "linetap.demo*",
        "linetap.sandbox.__main__",
        "linetap.sandbox.servers",
    ),
    "open()": (
        "linetap.clevertap.csv_export",
        "linetap.line.preview*",
        "linetap.campaign.preview",
        "linetap.store*",
        "linetap.sync*",
    ),
    "subprocess": (),
    "http": ("linetap.http.sync*", "linetap.sandbox.servers"),
    "smtplib": (),
    "multiprocessing": (),
}
_FILE_CALLS = {"open", "write_text", "write_bytes", "read_text", "read_bytes", "mkdir", "unlink", "NamedTemporaryFile"}


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _layer(module: str) -> int:
    return next(floor for pattern, floor in LAYERS if fnmatchcase(module, pattern))


@cache
def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def _imports(module: str) -> Iterator[tuple[str, str, int]]:
    """Every import of a module, type-only and in-function ones too: (target, name or '', line)."""
    known, path = _modules(), _modules()[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
                base = f"{up}.{base}" if base else up
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield (inner, "", node.lineno) if inner in known else (base, alias.name, node.lineno)


def _inner_imports() -> Iterator[tuple[str, str, int]]:
    for module in _modules():
        for target, name, line in _imports(module):
            # The version is no room: it is written at the top, where it stands before any room is loaded.
            if target.split(".")[0] == "linetap" and (target, name) != ("linetap", "__version__"):
                yield module, target, line


def _wrong_import(module: str, target: str) -> str | None:
    here, there = _layer(module), _layer(target)
    if here == INDEPENDENT:
        inside = there == INDEPENDENT or target == "linetap.http.types"
        return None if inside else "the sandbox's other hand may import linetap.http.types alone"
    if there == INDEPENDENT:
        return None if here == TOP else "nobody but the top imports the sandbox's inside"
    if there == TOP:
        return None if here == TOP else "nobody imports the top"
    if there == PUBLIC:
        own = module.startswith(f"{target}.")
        return None if here >= PUBLIC and not own else f"import the room itself, not its door {target}"
    if here == PUBLIC:
        return None if target.startswith(f"{module}.") or there < 2 else "a door opens into its own rooms"
    if _fits(target, CLIENTS) and here < TOP and not _fits(module, MAY_USE_CLIENTS):
        return "clients are for sync, relay, launch and the top"
    return None if there <= here else f"floor {here} may not import floor {there}"


def _files(*suffixes: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:  # a source archive without git
        names = [
            str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file() and not _fits(p.parts[-2], (".*", "_*"))
        ]
    else:
        names = listed.stdout.split("\n")
    paths = [ROOT / name for name in names if name and (not suffixes or name.endswith(suffixes))]
    return [path for path in paths if path.is_file()]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_module_has_a_floor() -> None:
    """A module that the table of floors does not know must be given its place there first."""
    unknown = [m for m in _modules() if not any(fnmatchcase(m, pattern) for pattern, _ in LAYERS)]

    assert not unknown, f"add these to LAYERS in {_name(Path(__file__))}: {unknown}"


def test_imports_run_downhill() -> None:
    """No module imports one of a higher floor, type-only and in-function imports included."""
    wrong = [
        f"{_name(_modules()[module])}:{line}: imports {target}: {why}"
        for module, target, line in _inner_imports()
        if (why := _wrong_import(module, target))
    ]

    assert not wrong, "\n".join(wrong)


def test_no_imports_in_a_circle() -> None:
    """No two modules import each other, by whatever way round."""
    edges: dict[str, set[str]] = {module: set() for module in _modules()}
    for module, target, _ in _inner_imports():
        if target != module and module != "linetap":
            edges[module].add(target)
    while free := [module for module, targets in edges.items() if not targets & edges.keys()]:
        for module in free:
            del edges[module]

    assert not edges, f"in a circle, or above one: {sorted(edges)}"


def test_only_the_named_rooms_touch_the_world() -> None:
    """Sockets, files, databases, clocks, randomness and the environment are met only where the table says."""
    wrong = []
    for module, path in _modules().items():
        for target, _, line in _imports(module):
            root = target.split(".")[0]
            if root in WORLD and not _fits(module, WORLD[root]) and not _type_only(path, line):
                wrong.append(f"{_name(path)}:{line}: {root}")
        if not _fits(module, WORLD["open()"]):
            wrong += [f"{_name(path)}:{line}: {call}()" for call, line in _file_calls(path)]

    assert not wrong, "\n".join(["not in the table WORLD:", *wrong])


def _type_only(path: Path, line: int) -> bool:
    blocks = [n for n in ast.walk(_tree(path)) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    return any(block.body[0].lineno <= line <= (block.body[-1].end_lineno or 0) for block in blocks)


def _file_calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _FILE_CALLS and not (name == "open" and isinstance(node.func, ast.Attribute)):
                yield name, node.lineno


def _fresh(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def _loaded_by(code: str, before: str = "") -> list[str]:
    """The modules that ``code`` loads in a fresh process, which has done ``before`` already."""
    return _fresh(f"{before}\nimport sys\nold = set(sys.modules)\n{code}\nprint(*set(sys.modules) - old)").split()


def test_import_is_light() -> None:
    """``import linetap`` loads none of its dependencies, and none of its rooms."""
    loaded = _loaded_by("import linetap")
    heavy = {
        name
        for name in loaded
        if name.split(".")[0] in {"requests", "attr", "attrs", "cattrs", "urllib3", "aiohttp", "ssl", "json"}
    }

    assert not heavy
    assert [name for name in sorted(loaded) if name.startswith("linetap")] == ["linetap", "linetap._lazy"]


_NETWORK = {"requests", "urllib3", "http", "ssl", "socket", "aiohttp"}
_LATER = (
    "linetap.*.rules*",
    "linetap.line.messages*",
    "linetap.line.api.account_results",
    "linetap.line.bulk*",
    "linetap.*upload*",
    "linetap.models.base",
    "linetap.models.read",
    "linetap.fields",
    "linetap.display.html",
    "linetap.display.text",
    "linetap.store*",
    "linetap.campaign*",
    "linetap.sandbox*",
    "linetap.http.bulk",
    "linetap.http.sync.session",
    "linetap.http.sync.errors",
    "linetap.http.sync.bulk",
)


@pytest.mark.parametrize("name", ["LineClient", "ClientOptions", "StatelessToken", "RetryPolicy"])
def test_a_clients_import_is_light(name: str) -> None:
    """A client's name loads no HTTP library, and of linetap nothing that a call would have to ask for."""
    loaded = _loaded_by(f"from linetap import {name}")

    assert not {*_NETWORK, "cattrs", "html", "importlib.metadata", "email"} & {*loaded}
    assert not [module for module in loaded if _fits(module, _LATER)]


@pytest.mark.parametrize("name", ["CleverTapClient", "AsyncLineClient", "AsyncCleverTapClient"])
def test_the_other_clients_imports_are_light(name: str) -> None:
    """Of the other clients none loads requests, aiohttp, cattrs or the package's metadata before one is made."""
    loaded = _loaded_by(f"from linetap import {name}")

    assert not {"requests", "urllib3", "aiohttp", "cattrs", "importlib.metadata"} & {*loaded}


def test_no_call_has_to_load_the_network() -> None:
    """All HTTP libraries are loaded when a client is made, so its first call does not pay for them."""
    made = """
from linetap import LineClient, NoResponse, RetryPolicy
client = LineClient("token", base_url="http://127.0.0.1:1", retry=RetryPolicy(attempts=1))
"""
    called = """
try:
    client.bot_info()
except NoResponse:
    told = True
"""
    loaded = _loaded_by(called, made)

    assert "linetap.line.api.account" in loaded
    assert not [module for module in loaded if module.split(".")[0] in _NETWORK]
    assert not [module for module in loaded if _fits(module, ("linetap.http.sync*",))]


def test_values_load_no_network() -> None:
    """Errors and fields are to be had without requests and cattrs."""
    code = (
        "import sys; from linetap import BadArgument, ProfileField; print({'requests', 'cattrs'} & sys.modules.keys())"
    )

    assert _fresh(code) == "set()"


PACKAGES = ("linetap", "linetap.line", "linetap.clevertap", "linetap.campaign", "linetap.sync", "linetap.http")
PUBLIC_NAMES = [(package, name) for package in PACKAGES for name in importlib.import_module(package).__all__]


def test_the_top_level_is_short() -> None:
    """``dir(linetap)`` lists at most 60 names, all of them public names."""
    assert dir(linetap) == linetap.__all__
    assert len(dir(linetap)) <= 60


@pytest.mark.parametrize(("package", "name"), PUBLIC_NAMES)
def test_public_names_are_there(package: str, name: str) -> None:
    """Every public name is importable from its package, is listed by dir() and has a docstring."""
    module = importlib.import_module(package)
    value = getattr(module, name)

    assert name in dir(module)
    assert value.__doc__ or not callable(value)


def _public_members(kind: type) -> Iterator[tuple[str, object]]:
    """The methods and properties that a class of ours defines itself, by its public names."""
    for name, member in vars(kind).items():
        plain = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
        if not name.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, (property, cached_property))):
            yield name, plain


@pytest.mark.parametrize(("package", "name"), PUBLIC_NAMES)
def test_public_methods_say_what_they_do(package: str, name: str) -> None:
    """Every public method and property of a public class has a docstring, and every parameter and result a type."""
    value = getattr(importlib.import_module(package), name)
    members = dict(_public_members(value)) if isinstance(value, type) else {}
    members |= {name: value} if inspect.isfunction(value) else {}

    silent = [member for member, found in members.items() if not inspect.getdoc(found)]
    untyped = [member for member, found in members.items() if inspect.isfunction(found) and not _typed(found)]

    assert not silent
    assert not untyped


def _typed(function: Callable[..., object]) -> bool:
    wanted = [p for p in inspect.signature(function).parameters.values() if p.name not in ("self", "cls")]
    return "return" in function.__annotations__ and all(p.annotation is not p.empty for p in wanted)


def test_a_name_that_is_not_public_says_so() -> None:
    """An unknown name is an AttributeError that names it, as of any module."""
    with pytest.raises(AttributeError, match="no attribute 'Lineclient'"):
        linetap.Lineclient


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_see_the_same_names(package: str) -> None:
    """The imports for type checkers and the table of lazy names are the same, name by name."""
    tree = _tree(_modules()[package])
    block = next(n for n in tree.body if isinstance(n, ast.If))
    seen = {
        alias.asname: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }

    tables = importlib.import_module(package)._MODULES
    assert seen == {name: module for module, names in tables.items() for name in names.split()}


def test_version_is_that_of_the_changelog() -> None:
    """The newest heading of the changelog is the version of the package."""
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert newest is not None
    assert newest.group(1) == linetap.__version__


def test_every_test_says_which_rule_it_guards() -> None:
    """Every test function has a docstring, and every directory of tests is a package."""
    silent, loose = [], []
    for path in _files(".py"):
        if not _name(path).startswith("tests/"):
            continue
        if not (path.parent / "__init__.py").exists():
            loose.append(_name(path))
        for node in ast.walk(_tree(path)):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if node.name.startswith("test_") and not ast.get_docstring(node):
                silent.append(f"{_name(path)}:{node.lineno}: {node.name}")

    assert not silent, "\n".join(["no docstring:", *silent])
    assert not loose, f"no __init__.py beside {loose}"


def test_rooms_stay_small() -> None:
    """No file of linetap is over 400 lines and no function over 50."""
    wrong = []
    for path in _modules().values():
        lines = path.read_text("utf-8").count("\n")
        wrong += [f"{_name(path)}: {lines} lines"] if lines > 400 else []
        for node in ast.walk(_tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or 0) - node.lineno + 1
                wrong += [f"{_name(path)}:{node.lineno}: {node.name} is {length} lines"] if length > 50 else []

    assert not wrong, "\n".join(wrong)


def test_every_room_says_what_it_is_for() -> None:
    """Every module of linetap begins with a docstring."""
    silent = [_name(path) for path in _modules().values() if not ast.get_docstring(_tree(path))]

    assert not silent


# Put together here so that this file does not find itself.
_MACHINE = re.compile(r"(?<![\w.\-/])/(?:work|farm|tmp|root|home/\w+|opt)/\w|\.lib" + r"rary\b")
_REGISTRY = re.compile(
    "|".join([r"pypi\." + "org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian\.org"])
)
_UNFINISHED = re.compile(r"#\s*(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b")


def test_nothing_of_this_machine_is_written_down() -> None:
    """No file names a machine's path or a package registry's host, and none leaves a note to finish later."""
    wrong = []
    for path in _files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            wrong += [
                f"{_name(path)}:{number}: {line.strip()[:80]}"
                for pattern in (_MACHINE, _REGISTRY, _UNFINISHED)
                if pattern.search(line)
            ]

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "module, target",
    [
        ("linetap.http.types", "linetap.http.call"),
        ("linetap.line.rules", "linetap.line.messages.kinds"),
        ("linetap.campaign.campaign", "linetap.line.client"),
        ("linetap.clevertap.csv_export", "linetap.clevertap.client"),
        ("linetap.sandbox.line.service", "linetap.errors"),
        ("linetap.sandbox.clevertap.dispatcher", "linetap.campaign.body"),
        ("linetap.http.sync", "linetap.sandbox.core.clock"),
        ("linetap.line.client", "linetap"),
        ("linetap.sync.followers", "linetap.sandbox"),
    ],
)
def test_shortcuts_are_seen(module: str, target: str) -> None:
    """The table of floors refuses what it is there to refuse."""
    assert _wrong_import(module, target)


@pytest.mark.parametrize(
    "module, target",
    [
        ("linetap.line.client", "linetap.http.sync"),
        ("linetap.sync.followers", "linetap.clevertap.client"),
        ("linetap.sandbox.line.service", "linetap.http.types"),
        ("linetap.sandbox.line.service", "linetap.sandbox.core.clock"),
        ("linetap.campaign.body", "linetap.campaign.liquid_writer"),
        ("linetap.demo", "linetap.sandbox"),
    ],
)
def test_ways_downhill_are_open(module: str, target: str) -> None:
    """The table of floors lets through what the house is built on."""
    assert _wrong_import(module, target) is None
