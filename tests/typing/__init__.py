"""The public types, read from outside by mypy and pyright; never executed."""
