"""Generated from ``linetap/line/api/rich_menus.py`` by ``nox -s generate``; do not edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap.http.group import Group
from linetap.line.api.rich_menus import link_menu, linked_menu, unlink_menu

if TYPE_CHECKING:
    from linetap.http.sync.transport import SyncTransport


class RichMenus(Group):
    """The rich menu of one user: ``line.rich_menus``. It is shown instead of the default menu of the account."""

    _transport: SyncTransport

    def link(self, user_id: str, rich_menu_id: str) -> None:
        """Shows a rich menu to one user, at once, in place of the one before.

        LINE accepts the call and changes nothing for a user who is not a friend. Raises ``NotFound`` for a menu that
        does not exist, ``BadRequest`` for one without an image.
        https://developers.line.biz/en/reference/messaging-api/#link-rich-menu-to-user
        """
        self._transport.do(link_menu(user_id, rich_menu_id))

    def linked(self, user_id: str) -> str | None:
        """The id of the rich menu that was linked to a user; None where there is none, or the user is unknown.

        https://developers.line.biz/en/reference/messaging-api/#get-rich-menu-id-of-user
        """
        return self._transport.do(linked_menu(user_id))

    def unlink(self, user_id: str) -> None:
        """Shows the default menu to a user again. https://developers.line.biz/en/reference/messaging-api/#unlink-rich-menu-from-user"""
        self._transport.do(unlink_menu(user_id))
