"""What people and CI run: ``nox -l`` lists the sessions, ``nox -s NAME`` runs one.

With ``--no-venv`` every session runs in the environment that nox itself runs in; that is how ``.ci/run`` does it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
FLOOR = 96  # per cent of lines and branches

nox.options.sessions = ["tests", "types", "lint", "docs"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False


def _install(session: nox.Session, *what: str) -> None:
    if not isinstance(session.virtualenv, nox.virtualenv.PassthroughEnv):
        session.install("-q", *what)


def _workers() -> tuple[str, ...]:
    return ("-n", str(min(os.cpu_count() or 1, 8)))


@nox.session
def tests(session: nox.Session) -> None:
    """The tests, with coverage of lines and branches."""
    _install(session, ".[test]")
    session.run("python", "-m", "coverage", "erase")
    report = ("--cov", "--cov-branch", "--cov-report=term:skip-covered", f"--cov-fail-under={FLOOR}")
    session.run("python", "-m", "pytest", *_workers(), *report, *session.posargs)


@nox.session(python=PYTHONS)
def interpreters(session: nox.Session) -> None:
    """The tests on every interpreter that is present."""
    session.install("-q", ".[test]")
    session.run("python", "-m", "pytest", "-q", *_workers(), *session.posargs)


# The extras of users: their lower bounds are tested too.
_SHIPPED = ("sandbox", "async", "graphemes", "progress", "frames", "fast", "jwt", "postgres")


@nox.session
def lowest(session: nox.Session) -> None:
    """The tests with the oldest versions that pyproject.toml allows of what linetap depends on, extras included."""
    session.install("-q", ".[test]", *_lower_bounds())
    # pytest-asyncio from 1.2 wants a newer typing-extensions; those before drop an event loop of their own unclosed.
    leaks = ("-W", "ignore::pytest.PytestUnraisableExceptionWarning")
    session.run("python", "-m", "pytest", "-q", *leaks, *_workers(), *session.posargs)


def _lower_bounds() -> list[str]:
    project = nox.project.load_toml("pyproject.toml")["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for name in _SHIPPED for one in extras[name])]
    return [bound.replace(">=", "==") for bound in wanted]


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict and pyright over the package, and over the public types as seen from outside."""
    _install(session, ".[dev]")
    session.run("python", "-m", "mypy")
    python = session.run("python", "-c", "import sys; print(sys.executable)", silent=True) or "python"
    session.run("python", "-m", "pyright", "--pythonpath", python.strip())


@nox.session
def lint(session: nox.Session) -> None:
    """ruff: the rules and the layout."""
    _install(session, "ruff")
    session.run("python", "-m", "ruff", "check", ".")
    session.run("python", "-m", "ruff", "format", "--check", ".")
    session.run("python", "scripts/generate_sync.py", "--check")


@nox.session
def layout(session: nox.Session) -> None:
    """Layers, sizes and public names."""
    _install(session, ".[test]")
    session.run("python", "-m", "pytest", "-q", "tests/test_layout.py", *session.posargs)


@nox.session
def generate(session: nox.Session) -> None:
    """Write the sync clients from the async ones, and the generated parts of the documentation."""
    _install(session, ".[dev]")
    session.run("python", "scripts/generate_sync.py", *session.posargs)
    session.run("python", "docs/_tables.py")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, with warnings as errors."""
    _install(session, ".[docs]")
    shutil.rmtree(ROOT / "docs" / "_build", ignore_errors=True)
    session.run("python", "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def wheel(session: nox.Session) -> None:
    """What is shipped: the wheel, installed away from the sources, tells the whole story."""
    _install(session, "build")
    with tempfile.TemporaryDirectory() as away:
        session.run("python", "-m", "build", "-q", "--wheel", "--outdir", away, ".")
        built = next(Path(away).glob("*.whl"))
        session.run(sys.executable, "-m", "venv", f"{away}/venv", external=True)
        python = shutil.which("python", path=os.pathsep.join([f"{away}/venv/bin", f"{away}/venv/Scripts"]))
        with session.chdir(away):
            session.run(str(python), "-m", "pip", "install", "-q", f"{built}[sandbox]", external=True)
            session.run(str(python), "-m", "linetap.demo", external=True)


@nox.session
def browser(session: nox.Session) -> None:
    """What needs a browser: a real Chromium looks at the pictures."""
    _install(session, ".[test]")
    session.run("python", "-m", "pytest", "-q", "-m", "browser and not long and not ci", *session.posargs)


@nox.session
def node(session: nox.Session) -> None:
    """What needs node: liquidjs, flex-render and LINE's client as second opinions."""
    _install(session, ".[test]")
    session.run("python", "-m", "pytest", "-q", "-m", "node and not long and not ci", *session.posargs)


@nox.session
def ci(session: nox.Session) -> None:
    """What takes minutes: run by .ci/run beside README's tests."""
    _install(session, ".[dev]")
    session.run("python", "-m", "pytest", "-q", "-m", "ci", *_workers(), *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks: ratios within one run, in one table."""
    _install(session, ".[test]")
    session.run("python", "-m", "tests.benchmarks", *session.posargs)


@nox.session
def long(session: nox.Session) -> None:
    """The longer proofs: hours rather than minutes."""
    _install(session, ".[test]")
    session.run("python", "-m", "pytest", "-m", "long", "--hypothesis-profile=long", *session.posargs)


@nox.session
def mutation(session: nox.Session) -> None:
    """Sampled mutants of the rules and of the models; the survivors are listed."""
    _install(session, ".[dev]")
    session.run("python", "-m", "tests.mutation", *session.posargs)
