"""Both services in process, for tests and trials: the real road without an account."""
