"""LINE's rich menus of single users.

https://developers.line.biz/en/reference/messaging-api/#per-user-rich-menu
"""

from __future__ import annotations

import re

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, Route, json_response
from linetap.sandbox.line.sending import error, rejection
from linetap.sandbox.line.state import LineState


class RichMenus:
    """The account's menus, and the menu of each user: ``box.line.part(RichMenus)``."""

    def __init__(self) -> None:
        self.menus: dict[str, bool] = {}
        """Whether a menu has an image, by id."""
        self.of_users: dict[str, str] = {}

    def add(self, menu: str = "richmenu-1", *, image: bool = True) -> str:
        """A menu of the account; its id."""
        self.menus[menu] = image
        return menu


def link(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#link-rich-menu-to-user

    For a user who is not a friend nothing happens.
    """
    user_id, menu, state = _user_id(call), call.found["richMenuId"], line.part(RichMenus)
    if menu not in state.menus:
        return error(404, "richmenu not found")
    if not state.menus[menu]:
        return error(400, "must upload richmenu image before applying it to user")
    if (person := line.people.get(user_id)) is not None and person.listed:
        state.of_users[user_id] = menu
    return json_response(200, {})


def linked(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-id-of-user"""
    menu = line.part(RichMenus).of_users.get(_user_id(call))
    return error(404, "the user has no richmenu") if menu is None else json_response(200, {"richMenuId": menu})


def unlink(line: LineState, call: Call) -> Response:
    """https://developers.line.biz/en/reference/messaging-api/#unlink-rich-menu-from-user"""
    line.part(RichMenus).of_users.pop(_user_id(call), None)
    return json_response(200, {})


def _user_id(call: Call) -> str:
    if not re.fullmatch(r"U[0-9a-f]{32}", call.found["userId"]):
        raise rejection(400, "The value for the 'userId' parameter is invalid")
    return call.found["userId"]


_PATH = "/v2/bot/user/{userId}/richmenu"
ROUTES = (
    Route("link_rich_menu", "POST", f"{_PATH}/{{richMenuId}}", link),
    Route("linked_rich_menu", "GET", _PATH, linked),
    Route("unlink_rich_menu", "DELETE", _PATH, unlink),
)
