"""A CleverTap whose responses a test chooses: an adapter for requests."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from linetap.clevertap.client import CleverTapClient
from linetap.http.policy import RetryPolicy

Response = tuple[int, Any] | Exception


class Service(HTTPAdapter):
    """Records the requests. ``response(number, path, body)`` gives status and body, or raises."""

    def __init__(self, response: Callable[[int, str, Any], Response]) -> None:
        super().__init__()
        self.response = response
        self.calls: list[requests.PreparedRequest] = []
        self.lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """The adapter's send, without a network."""
        with self.lock:
            self.calls.append(request)
            number = len(self.calls)
        body = json.loads(request.body) if request.body else None
        response = self.response(number, request.path_url, body)
        if isinstance(response, Exception):
            raise response
        status, content = response
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data))}
        raw = urllib3.HTTPResponse(io.BytesIO(data), headers, status, preload_content=False)
        return self.build_response(request, raw)

    def bodies(self) -> list[Any]:
        """The body of each POST, in order."""
        return [json.loads(request.body) if request.body else None for request in self.calls]


def client(response: Callable[[int, str, Any], Response], **options: Any) -> tuple[CleverTapClient, Service]:
    """A client whose calls get the responses of ``response``; waits take no time and are recorded in ``.waits``."""
    service = Service(response)
    session = requests.Session()
    session.mount("https://", service)
    options.setdefault("retry", RetryPolicy(attempts=3))
    options.setdefault("region", "sg1")
    made = CleverTapClient(
        "TEST-ACCT-1", "secret-passcode", session=session, sleep=lambda seconds: None, random=lambda: 0.0, **options
    )
    return made, service


def taken(number: int, path: str, body: Any) -> Response:
    """Accepts every record of every upload."""
    return 200, {"status": "success", "processed": len(body["d"]), "unprocessed": []}


def lost(number: int, path: str, body: Any) -> Response:
    """The connection breaks after the request was sent."""
    return requests.exceptions.ConnectionError(urllib3.exceptions.ProtocolError("cut"))
