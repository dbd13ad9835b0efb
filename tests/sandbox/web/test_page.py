"""The page to look at."""

from __future__ import annotations

import pytest
import requests

from linetap.sandbox import Sandbox
from tests.sandbox import raw_requests

EVIL = "<script>alert('x')</script>"


def test_the_page_shows_what_happened_and_escapes_it() -> None:
    """Requests, inboxes, profiles, campaigns and webhooks are on the page; nothing from outside is markup."""
    with Sandbox(port=0) as box:
        [user_id] = box.line.add_followers(1, names=[EVIL])
        raw_requests.push(box, user_id, [{"type": "text", "text": EVIL}])
        box.clevertap.add_profile(EVIL, {"LineID": user_id, EVIL: EVIL})
        template_id = raw_requests.line_template(box)
        box.clevertap.publish("{}", template_id, name=EVIL)

        page = requests.get(box.line_url, timeout=5)
        same = requests.get(box.clevertap_url, timeout=5)

    assert page.headers["Content-Type"].startswith("text/html")
    assert page.text == same.text
    assert "<script" not in page.text
    assert page.text.count("&lt;script&gt;") >= 5
    assert user_id in page.text


def test_an_inbox_is_shown_as_a_chat_and_as_json() -> None:
    """The newest messages of a user are shown as LINE shows them, with the sent JSON below."""
    with Sandbox(port=0) as box:
        [user_id] = box.line.add_followers(1, names=["田中"])
        raw_requests.push(box, user_id, [{"type": "text", "text": "春のセール"}])

        page = requests.get(box.line_url, timeout=5).text

    chat, _, written = page.partition("<details>")
    assert '<div class="lt-say">春のセール</div>' in chat
    assert "&quot;text&quot;: &quot;春のセール&quot;" in written


def test_the_page_shows_no_secret() -> None:
    """The page shows neither token nor passcode nor channel secret; of a webhook's headers it shows the names only."""
    with Sandbox(port=0) as box:
        raw_requests.line_template(box)
        raw_requests.line(box, "GET", "/v2/bot/info")
        raw_requests.clevertap(box, "GET", "/1/profile.json", params={"identity": "a"})

        page = requests.get(box.line_url, timeout=5).text

    assert "Authorization" in page
    assert not [secret for secret in (box.channel_access_token, box.passcode, box.channel_secret) if secret in page]


def test_an_empty_sandbox_has_a_page() -> None:
    """Before anything happened the page says so."""
    with Sandbox(port=0) as box:
        assert "None yet." in requests.get(box.line_url, timeout=5).text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost:8000", "[::1]:1"])
def test_the_page_is_shown_under_names_of_this_machine(name: str) -> None:
    """127.0.0.1, localhost and ::1 show the page, with headers that allow no script and no frame."""
    with Sandbox(port=0) as box:
        page = requests.get(box.line_url, headers={"Host": name}, timeout=5)

    assert page.status_code == 200
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "localhost.evil.example:80"])
def test_the_page_rejects_other_host_names(name: str) -> None:
    """Another name leads to this address only by DNS rebinding: a foreign web page must not read the state."""
    with Sandbox(port=0) as box:
        box.clevertap.add_profile("secret-identity")
        for url in (box.line_url, box.clevertap_url):
            page = requests.get(url, headers={"Host": name}, timeout=5)
            assert page.status_code in (400, 403)
            assert "secret-identity" not in page.text


def test_the_page_survives_hostile_data() -> None:
    """Names in any script, markup, half surrogate pairs and values that JSON does not have are shown, escaped."""
    names = ["愛子", "สมชาย", EVIL, "half \ud83d", "\u202eevil", "a\x00b", "𠮷" * 5000]
    with Sandbox(port=0) as box:
        for name, user_id in zip(names, box.line.add_followers(len(names), names=names), strict=True):
            raw_requests.push(box, user_id, [{"type": "text", "text": name[:4000]}])
            box.clevertap.add_profile(name, {name: name, "odd": {1: object()}, "huge": 10**5000})
            box.clevertap.publish("{}", raw_requests.line_template(box), name=name)
        raw_requests.line(box, "GET", f"/{EVIL}/\ud83d")

        page = requests.get(box.line_url, timeout=5)

    assert page.status_code == 200
    assert "<script" not in page.text
    assert all(name in page.text for name in ("愛子", "สมชาย", "half ?"))
