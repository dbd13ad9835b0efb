"""Tests of the driver over requests."""
