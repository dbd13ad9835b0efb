"""The groups of the sync client, generated from the async ones: ``nox -s generate``."""
