"""One attempt of a call, as ``with_options(on_attempt=...)`` gets it."""

from __future__ import annotations

import attrs


@attrs.frozen
class AttemptInfo:
    """One attempt of a call, for ``with_options(on_attempt=...)``. It contains no user id and no secret."""

    service: str
    """``line`` or ``clevertap``."""
    operation: str
    """For example ``line.push``."""
    method: str
    endpoint: str
    """The path, with names in place of ids."""
    status: int | None
    """The HTTP status; None where no response came."""
    outcome: str
    """The status as text, or why no response came."""
    request_id: str | None
    """LINE's ``X-Line-Request-Id``."""
    attempt: int
    """The number of the attempt, from 1."""
    waited: float
    """Seconds waited before the attempt."""
    elapsed: float
    """Seconds from the start of the attempt to its response."""
