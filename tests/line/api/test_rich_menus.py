"""``line.rich_menus``: its operations and results."""

from __future__ import annotations

from typing import Any

import pytest

from linetap.errors import BadArgument, BadRequest, NotFound, UnreadableResponse
from linetap.line import LineClient
from linetap.line.api import rich_menus
from linetap.sandbox import Sandbox
from linetap.sandbox.line.rich_menus import RichMenus
from tests.line.api.test_messaging import U1, reply
from tests.line.test_client import box as box
from tests.line.test_client import line as line


def known(box: Sandbox) -> dict[str, str]:
    """A menu, which the first user has."""
    state = box.line.part(RichMenus)
    state.of_users[next(iter(box.line.people))] = state.add("richmenu-1")
    return {"richMenuId": "richmenu-1"}


def test_a_menu_is_linked_read_and_unlinked(box: Sandbox, line: LineClient) -> None:
    """A user has the menu that was linked last, until it is unlinked; another user has none."""
    one, other = box.line.add_followers(2)
    menus = [box.line.part(RichMenus).add(f"richmenu-{number}") for number in (1, 2)]
    for menu in menus:
        line.rich_menus.link(one, menu)
        assert line.rich_menus.linked(one) == menu
    assert line.rich_menus.linked(other) is None

    for _ in range(2):
        line.rich_menus.unlink(one)
        assert line.rich_menus.linked(one) is None


def test_a_menu_must_exist_and_have_an_image(box: Sandbox, line: LineClient) -> None:
    """An unknown menu is NotFound, one without an image BadRequest; a user who is no friend changes nothing."""
    [user] = box.line.add_followers(1)
    box.line.part(RichMenus).add("bare", image=False)
    with pytest.raises(NotFound, match="richmenu not found"):
        line.rich_menus.link(user, "richmenu-1")
    with pytest.raises(BadRequest, match="must upload richmenu image"):
        line.rich_menus.link(user, "bare")

    stranger = box.line.foreign_id()
    line.rich_menus.link(stranger, box.line.part(RichMenus).add())
    assert line.rich_menus.linked(stranger) is None


def test_the_operations() -> None:
    """Each operation names its endpoint without ids, may be repeated, and quotes the menu's id."""
    made: list[Any] = [rich_menus.link_menu(U1, "a/b"), rich_menus.linked_menu(U1), rich_menus.unlink_menu(U1)]

    assert [operation.rate_limit_key for operation in made] == [
        "POST /v2/bot/user/{userId}/richmenu/{richMenuId}",
        "GET /v2/bot/user/{userId}/richmenu",
        "DELETE /v2/bot/user/{userId}/richmenu",
    ]
    assert {operation.repeat.value for operation in made} == {"safe"}
    assert made[0].request.path == f"/v2/bot/user/{U1}/richmenu/a%2Fb"


def test_wrong_arguments_and_responses() -> None:
    """An id that is none raises before anything is sent; a response without richMenuId is not read."""
    for arguments in ((U1, ""), (U1, 5), ("N.A", "richmenu-1")):
        with pytest.raises(BadArgument):
            rich_menus.link_menu(*arguments)  # type: ignore[arg-type]
    with pytest.raises(UnreadableResponse):
        rich_menus.linked_menu(U1).read(reply(200, {}))
