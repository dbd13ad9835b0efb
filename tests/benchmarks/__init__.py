"""Benchmarks: every figure a ratio against what a user would pick instead, within one run.

``nox -s bench`` (or ``python -m tests.benchmarks [NAME...] [--quick]``) runs the ``bench_*.py`` beside this file, each
in a process of its own, and prints one table. A benchmark is a module with ``rows(quick: bool) -> Iterable[Row]``.
"""
