"""Layers, sizes and public names: which module may import which, use files or sockets, and what is public."""

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

# The layer of each module: the first pattern that matches decides. A new module needs a line here, unless a pattern
# matches it. INDEPENDENT: the sandbox, which may import linetap.http.types alone.
INDEPENDENT, PUBLIC, TOP = -1, 8, 9
LAYERS: tuple[tuple[str, int], ...] = (
    ("linetap", TOP),
    ("linetap.testing", TOP),
    ("linetap.demo*", TOP),
    ("linetap.sandbox", TOP),
    ("linetap.sandbox.servers", TOP),
    ("linetap.sandbox.in_process", TOP),
    ("linetap.sandbox.web*", TOP),
    ("linetap.sandbox.__main__", TOP),
    ("linetap.sandbox.*", INDEPENDENT),
    ("linetap._lazy", 0),
    ("linetap.errors", 0),
    ("linetap.problems", 0),
    ("linetap.fields", 0),
    ("linetap.http.types", 0),
    ("linetap.http.secret", 0),
    ("linetap.models.dumps", 0),
    ("linetap.display.html", 0),
    ("linetap.display.text", 0),
    ("linetap.line.rules.limits", 0),
    ("linetap.line.api.rate*", 0),
    ("linetap.clevertap.limits", 0),
    ("linetap.clevertap.codes", 0),
    ("linetap.http.environment", 3),
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
    ("linetap.line.api*", 3),
    ("linetap.line.webhooks*", 3),
    ("linetap.line.bulk.delivery", 2),
    ("linetap.line.bulk.report", 2),
    ("linetap.line.bulk*", 4),
    ("linetap.line.preview*", 4),
    ("linetap.line.*client*", 4),
    ("linetap.line.environment", 4),
    ("linetap.line.staging", 1),
    ("linetap.line.lazy_*", 4),
    ("linetap.clevertap", PUBLIC),
    ("linetap.clevertap.rules", 1),
    ("linetap.clevertap.operators", 1),
    ("linetap.clevertap.values", 1),
    ("linetap.clevertap.campaign_checks", 1),
    ("linetap.clevertap.record_rows", 1),
    ("linetap.clevertap.records", 2),
    ("linetap.clevertap.reports", 2),
    ("linetap.clevertap.templates", 2),
    ("linetap.clevertap.credentials", 2),
    ("linetap.clevertap.models", 2),
    ("linetap.clevertap.encoding", 3),
    ("linetap.clevertap.rejections", 3),
    ("linetap.clevertap.responses", 3),
    ("linetap.clevertap.webhook_json", 1),
    ("linetap.clevertap.webhook_calls", 2),
    ("linetap.clevertap.operations", 3),
    ("linetap.clevertap.csv_export", 3),
    ("linetap.clevertap.*", 4),
    ("linetap.campaign", PUBLIC),
    ("linetap.campaign.liquid_writer", 3),
    ("linetap.campaign.*", 4),
    ("linetap.sync", PUBLIC),
    ("linetap.sync.*", 5),
    ("linetap.relay", PUBLIC),
    ("linetap.relay.*", 5),
    ("linetap.launch*", 5),
)
# Only these modules may import the clients.
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
    "requests": ("linetap.http.environment", "linetap.http.sync*", "linetap.sandbox.in_process"),
    "urllib3": ("linetap.http.sync*", "linetap.sandbox.in_process"),
    "aiohttp": ("linetap.http.aio*", "linetap.sandbox.servers"),
    "cattrs": ("linetap.models*",),
    "socket": ("linetap.http.sync*", "linetap.http.aio*", "linetap.sandbox.servers", "linetap.relay.postgres.driver"),
    "ssl": ("linetap.http.environment", "linetap.http.sync*", "linetap.http.aio*", "linetap.sandbox.servers"),
    "sqlite3": ("linetap.store*",),
    "threading": (
        "linetap.http.sync*",
        "linetap.http.aio*",
        "linetap.http.bulk",
        "linetap.http.environment",
        "linetap.http.rate_limit",
        "linetap.store*",
        "linetap.line.bulk.journal",
        "linetap.line.tokens",
        "linetap.*.*client*",
        "linetap.clevertap.concurrency",
        "linetap.sync*",
        "linetap.relay*",
        "linetap.sandbox*",
    ),
    "time": (
        "linetap.line.api.tokens",
        "linetap.line.api._sync.tokens",
        "linetap.http.options",
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
    "uuid": (
        "linetap.line.*",
        "linetap.relay*",
        "linetap.campaign.profile_values",
        "linetap.sandbox.core.clock",
        "linetap.sandbox",
    ),
    "os": (
        "linetap.http.environment",
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
        "linetap.relay.campaign_folder",
    ),
    "subprocess": (),
    "http": ("linetap.http.sync*", "linetap.sandbox.in_process"),
    "smtplib": (),
    "multiprocessing": (),
}
_FILE_CALLS = {"open", "write_text", "write_bytes", "read_text", "read_bytes", "mkdir", "unlink", "NamedTemporaryFile"}


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _layer(module: str) -> int:
    return next(layer for pattern, layer in LAYERS if fnmatchcase(module, pattern))


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
            # The version is defined in linetap/__init__.py before any module is imported.
            if target.split(".")[0] == "linetap" and (target, name) != ("linetap", "__version__"):
                yield module, target, line


def _wrong_import(module: str, target: str) -> str | None:
    here, there = _layer(module), _layer(target)
    if here == INDEPENDENT:
        inside = there == INDEPENDENT or target == "linetap.http.types"
        return None if inside else "the sandbox may import linetap.http.types alone"
    if there == INDEPENDENT:
        return None if here == TOP else "only the top layer imports the sandbox's modules"
    if there == TOP:
        return None if here == TOP else "no module imports the top layer"
    if there == PUBLIC:
        own = module.startswith(f"{target}.")
        return None if here >= PUBLIC and not own else f"import the module itself, not its package {target}"
    if here == PUBLIC:
        return (
            None
            if target.startswith(f"{module}.") or there < 2
            else "a package's __init__ imports its own modules only"
        )
    if _fits(target, CLIENTS) and here < TOP and not _fits(module, MAY_USE_CLIENTS):
        return "clients may be imported by sync, relay, launch and the top layer only"
    return None if there <= here else f"layer {here} must not import layer {there}"


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


def test_every_module_has_a_layer() -> None:
    """Every module is in the table of layers."""
    unknown = [m for m in _modules() if not any(fnmatchcase(m, pattern) for pattern, _ in LAYERS)]

    assert not unknown, f"add these to LAYERS in {_name(Path(__file__))}: {unknown}"


def test_imports_go_downwards() -> None:
    """No module imports one of a higher layer; type-only imports and imports in functions count."""
    wrong = [
        f"{_name(_modules()[module])}:{line}: imports {target}: {why}"
        for module, target, line in _inner_imports()
        if (why := _wrong_import(module, target))
    ]

    assert not wrong, "\n".join(wrong)


def test_no_imports_in_a_circle() -> None:
    """No modules import each other, directly or through others."""
    edges: dict[str, set[str]] = {module: set() for module in _modules()}
    for module, target, _ in _inner_imports():
        if target != module and module != "linetap":
            edges[module].add(target)
    while free := [module for module, targets in edges.items() if not targets & edges.keys()]:
        for module in free:
            del edges[module]

    assert not edges, f"in a circle, or above one: {sorted(edges)}"


def test_only_named_modules_use_files_sockets_and_clocks() -> None:
    """Sockets, files, databases, clocks, randomness and the environment are used only where the table says."""
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
    """``import linetap`` imports none of its dependencies and none of its modules."""
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
    "linetap.line.bulk",
    "linetap.line.bulk.*",
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
    "linetap.http.raw",
    "linetap.*.raw_*client",
    "linetap.line.api.insight",
    "linetap.line.api._sync*",
    "linetap.line.api.units",
    "linetap.line.api.validate",
    "linetap.line.api.tokens",
    "linetap.line.api.webhook_endpoint",
    "linetap.http.sync.session",
    "linetap.http.sync.errors",
    "linetap.http.sync.adapter",
    "linetap.http.environment",
    "linetap.http.sync.bulk",
)


@pytest.mark.parametrize("name", ["LineClient", "ClientOptions", "StatelessToken", "RetryPolicy"])
def test_a_clients_import_is_light(name: str) -> None:
    """Importing a client loads no HTTP library and no module of linetap that only calls need."""
    loaded = _loaded_by(f"from linetap import {name}")

    assert not {*_NETWORK, "cattrs", "html", "importlib.metadata", "email"} & {*loaded}
    assert not [module for module in loaded if _fits(module, _LATER)]


_MODULES_OF_A_CLIENT = {"LineClient": 42, "AsyncLineClient": 42, "CleverTapClient": 63, "AsyncCleverTapClient": 65}


@pytest.mark.parametrize("name", _MODULES_OF_A_CLIENT)
def test_a_clients_import_loads_no_more_modules(name: str) -> None:
    """Importing a client loads at most so many modules of linetap: each costs some of the time of a first call."""
    loaded = [module for module in _loaded_by(f"from linetap import {name}") if module.startswith("linetap")]

    assert len(loaded) <= _MODULES_OF_A_CLIENT[name], loaded


@pytest.mark.parametrize("name", ["CleverTapClient", "AsyncLineClient", "AsyncCleverTapClient"])
def test_the_other_clients_imports_are_light(name: str) -> None:
    """Importing the other clients loads no requests, aiohttp, cattrs or package metadata."""
    loaded = _loaded_by(f"from linetap import {name}")

    assert not {"requests", "urllib3", "aiohttp", "cattrs", "importlib.metadata"} & {*loaded}


def test_no_call_imports_an_http_library() -> None:
    """All HTTP libraries are imported when a client is created, so that its first call is not slower."""
    made = """
from linetap import LineClient, NoResponse, RetryPolicy
client = LineClient("token", base_url="http://127.0.0.1:1", retry=RetryPolicy(attempts=1))
"""
    called = """
try:
    client.bot_info()
except NoResponse:
    failed = True
"""
    loaded = _loaded_by(called, made)

    assert "linetap.line.api.account" in loaded
    assert not [module for module in loaded if module.split(".")[0] in _NETWORK]
    assert not [module for module in loaded if _fits(module, ("linetap.http.sync*",))]


def test_values_import_no_http_library() -> None:
    """Errors and fields can be imported without requests and cattrs."""
    code = (
        "import sys; from linetap import BadArgument, ProfileField; print({'requests', 'cattrs'} & sys.modules.keys())"
    )

    assert _fresh(code) == "set()"


PACKAGES = (
    "linetap",
    "linetap.line",
    "linetap.clevertap",
    "linetap.campaign",
    "linetap.sync",
    "linetap.http",
    "linetap.relay",
)
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


def test_every_test_says_which_rule_it_checks() -> None:
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


def test_files_and_functions_are_small() -> None:
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


def test_functions_have_few_positional_parameters() -> None:
    """No function of linetap has over six positional parameters."""
    wrong = []
    for path in _modules().values():
        for node in ast.walk(_tree(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                given = [a for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in ("self", "cls")]
                wrong += [f"{_name(path)}:{node.lineno}: {node.name}"] if len(given) > 6 else []

    assert not wrong


def test_every_module_has_a_docstring() -> None:
    """Every module of linetap begins with a docstring."""
    silent = [_name(path) for path in _modules().values() if not ast.get_docstring(_tree(path))]

    assert not silent


def _behaviours() -> list[tuple[list[str], list[str]]]:
    """The table in CONTRIBUTING.md: patterns of modules, and the files that test them by behaviour."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = text.partition("<!-- behaviours -->")[2].partition("<!-- end of behaviours -->")[0].strip().splitlines()[2:]
    return [(re.findall(r"`([^`]+)`", row.split("|")[1]), re.findall(r"`([^`]+)`", row.split("|")[2])) for row in rows]


def test_every_module_has_its_tests() -> None:
    """A module has a test file of its own name, or a row in CONTRIBUTING's table that names the files that test it."""
    patterns = tuple(pattern for modules, _ in _behaviours() for pattern in modules)
    untested = []
    for path in _modules().values():
        folder = ROOT / "tests" / path.parent.relative_to(PACKAGE)
        own = [*folder.glob(f"test_{path.stem}.py"), *folder.glob(f"test_{path.stem}__*.py")]
        if not own and not _fits(_name(path), patterns):
            untested.append(_name(path))

    assert not untested
    assert not [name for _, names in _behaviours() for name in names if not (ROOT / name).is_file()]


def _root_imports() -> list[tuple[str, str]]:
    root = {module for module, path in _modules().items() if path.parent == PACKAGE}
    return sorted({(m, t) for m, t, _ in _inner_imports() if m in root and t in root and "linetap" not in (m, t)})


def test_the_root_is_nearly_empty() -> None:
    """At most eight modules are outside every folder, and at most six imports connect them."""
    root = [path.name for path in PACKAGE.glob("*.py")]

    assert len(root) <= 8, root
    assert len(_root_imports()) <= 6, _root_imports()


def test_no_two_folders_import_each_other() -> None:
    """Between two folders of linetap imports go one way only."""
    edges = set()
    for module, target, _ in _inner_imports():
        here, there = (name.split(".")[1:2] for name in (module, target))
        folders = {name for name in _modules() if _modules()[name].name == "__init__.py"}
        if here and there and here != there and {f"linetap.{here[0]}", f"linetap.{there[0]}"} <= folders:
            edges.add((here[0], there[0]))

    assert not sorted(edge for edge in edges if edge[::-1] in edges)


# Built from parts, so that this file does not match itself.
_MACHINE = re.compile(r"(?<![\w.\-/])/(?:work|farm|tmp|root|home/\w+|opt)/\w|\.lib" + r"rary\b")
_REGISTRY = re.compile(
    "|".join([r"pypi\." + "org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian\.org"])
)
_UNFINISHED = re.compile(r"#\s*(?:TO" + "DO|FIX" + r"ME|XX" + r"X)\b")


def test_no_file_names_this_machine() -> None:
    """No file names a machine's path or a package registry's host, or has a note to finish something later."""
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
def test_wrong_imports_are_found(module: str, target: str) -> None:
    """Wrong imports are found."""
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
def test_allowed_imports_pass(module: str, target: str) -> None:
    """Allowed imports are not reported."""
    assert _wrong_import(module, target) is None
