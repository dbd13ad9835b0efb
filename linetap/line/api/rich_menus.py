"""``line.rich_menus``: the rich menu of one user, such as a menu for members.

The menus themselves are made in the console, or by ``line.request``.
https://developers.line.biz/en/docs/messaging-api/use-per-user-rich-menus/
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import attrs

from linetap.http.group import Group
from linetap.http.types import Idempotency, Operation, Request, Response
from linetap.line.api.endpoint import nothing, text
from linetap.line.api.responses import error_info, json_object, unreadable

if TYPE_CHECKING:
    from linetap.http.aio.transport import AsyncTransport

__all__ = ["AsyncRichMenus"]

_LINK_PAGE = "https://developers.line.biz/en/reference/messaging-api/#link-rich-menu-to-user"


def _of_user(name: str, method: str, user_id: str) -> Operation[None]:
    from linetap.line.api.checked_messages import check_user_id

    check_user_id(user_id)
    path = f"/v2/bot/user/{quote(user_id, safe='')}/richmenu"
    return Operation(
        name,
        Request(method, path),
        read=nothing(name),
        error_info=error_info,
        repeat=Idempotency.SAFE,  # a second link, or unlink, of the same menu changes nothing
        endpoint=f"{method} /v2/bot/user/{{userId}}/richmenu",
    )


def link_menu(user_id: str, rich_menu_id: str) -> Operation[None]:
    """``POST /v2/bot/user/{userId}/richmenu/{richMenuId}``. https://developers.line.biz/en/reference/messaging-api/#link-rich-menu-to-user"""
    operation = _of_user("line.rich_menus.link", "POST", user_id)
    menu = quote(text("rich_menu_id", rich_menu_id, _LINK_PAGE), safe="")
    request = attrs.evolve(operation.request, path=f"{operation.request.path}/{menu}")
    return attrs.evolve(operation, request=request, endpoint=f"{operation.endpoint}/{{richMenuId}}")


def linked_menu(user_id: str) -> Operation[str | None]:
    """``GET /v2/bot/user/{userId}/richmenu``; None for 404. https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-id-of-user"""
    operation = _of_user("line.rich_menus.linked", "GET", user_id)
    return Operation(
        operation.name,
        operation.request,
        read=_read_linked,
        error_info=lambda response: None if response.status == 404 else error_info(response),
        repeat=Idempotency.SAFE,
        endpoint=operation.endpoint,
    )


def unlink_menu(user_id: str) -> Operation[None]:
    """``DELETE /v2/bot/user/{userId}/richmenu``. https://developers.line.biz/en/reference/messaging-api/#unlink-rich-menu-from-user"""
    return _of_user("line.rich_menus.unlink", "DELETE", user_id)


def _read_linked(response: Response) -> str | None:
    if response.status == 404:
        return None
    name = "line.rich_menus.linked"
    found = json_object(name, response).get("richMenuId")
    if not isinstance(found, str):
        raise unreadable(name, response, "richMenuId to be a string")
    return found


class AsyncRichMenus(Group):
    """The rich menu of one user: ``line.rich_menus``. It is shown instead of the default menu of the account."""

    _transport: AsyncTransport

    async def link(self, user_id: str, rich_menu_id: str) -> None:
        """Shows a rich menu to one user, at once, in place of the one before.

        LINE accepts the call and changes nothing for a user who is not a friend. Raises ``NotFound`` for a menu that
        does not exist, ``BadRequest`` for one without an image.
        https://developers.line.biz/en/reference/messaging-api/#link-rich-menu-to-user
        """
        await self._transport.do(link_menu(user_id, rich_menu_id))

    async def linked(self, user_id: str) -> str | None:
        """The id of the rich menu that was linked to a user; None where there is none, or the user is unknown.

        https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-id-of-user
        """
        return await self._transport.do(linked_menu(user_id))

    async def unlink(self, user_id: str) -> None:
        """Shows the default menu to a user again. https://developers.line.biz/en/reference/messaging-api/#unlink-rich-menu-from-user"""
        await self._transport.do(unlink_menu(user_id))
