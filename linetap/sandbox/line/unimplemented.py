"""The operations of LINE that no module implements: each is 501 with a sentence, and nothing is done.

The list is that of LINE's OpenAPI files (https://github.com/line/line-openapi); a test compares the two.
"""

from __future__ import annotations

from collections.abc import Set

from linetap.http.types import Response
from linetap.sandbox.core.service import Call, Route
from linetap.sandbox.line.sending import error
from linetap.sandbox.line.state import LineState

# Name of the operation (for faults and the request log), method, path, and the host where it is not api.line.me.
_OPERATIONS = """
audience POST /v2/bot/audienceGroup/click
audience POST /v2/bot/audienceGroup/imp
audience GET /v2/bot/audienceGroup/list
audience GET /v2/bot/audienceGroup/shared/list
audience GET /v2/bot/audienceGroup/shared/{audienceGroupId}
audience POST /v2/bot/audienceGroup/upload
audience PUT /v2/bot/audienceGroup/upload
audience POST /v2/bot/audienceGroup/upload/byFile api-data
audience PUT /v2/bot/audienceGroup/upload/byFile api-data
audience DELETE /v2/bot/audienceGroup/{audienceGroupId}
audience GET /v2/bot/audienceGroup/{audienceGroupId}
audience PUT /v2/bot/audienceGroup/{audienceGroupId}/updateDescription
content GET /v2/bot/message/{messageId}/content api-data
content GET /v2/bot/message/{messageId}/content/preview api-data
content GET /v2/bot/message/{messageId}/content/transcoding api-data
coupon GET /v2/bot/coupon
coupon POST /v2/bot/coupon
coupon GET /v2/bot/coupon/{couponId}
coupon PUT /v2/bot/coupon/{couponId}/close
group POST /v2/bot/group/{groupId}/leave
group GET /v2/bot/group/{groupId}/member/{userId}
group GET /v2/bot/group/{groupId}/members/count
group GET /v2/bot/group/{groupId}/members/ids
group GET /v2/bot/group/{groupId}/summary
insight_rich_menu GET /v2/bot/insight/richmenu/{richMenuId}/daily
insight_rich_menu GET /v2/bot/insight/richmenu/{richMenuId}/summary
liff POST /liff/v1/apps
liff GET /liff/v1/apps
liff PUT /liff/v1/apps/{liffId}
liff DELETE /liff/v1/apps/{liffId}
loading_animation POST /v2/bot/chat/loading/start
mark_as_read POST /v2/bot/chat/markAsRead
mark_as_read POST /v2/bot/message/markAsRead
membership GET /v2/bot/membership/list
membership GET /v2/bot/membership/subscription/{userId}
membership GET /v2/bot/membership/{membershipId}/users/ids
mission POST /shop/v3/mission
module POST /module/auth/v1/token manager
module POST /v2/bot/channel/detach
module POST /v2/bot/chat/{chatId}/control/acquire
module POST /v2/bot/chat/{chatId}/control/release
module GET /v2/bot/list
narrowcast POST /v2/bot/message/narrowcast
narrowcast GET /v2/bot/message/progress/narrowcast
pnp POST /bot/pnp/push
pnp GET /v2/bot/message/delivery/pnp
rich_menu POST /v2/bot/richmenu
rich_menu POST /v2/bot/richmenu/alias
rich_menu GET /v2/bot/richmenu/alias/list
rich_menu GET /v2/bot/richmenu/alias/{richMenuAliasId}
rich_menu POST /v2/bot/richmenu/alias/{richMenuAliasId}
rich_menu DELETE /v2/bot/richmenu/alias/{richMenuAliasId}
rich_menu POST /v2/bot/richmenu/batch
rich_menu POST /v2/bot/richmenu/bulk/link
rich_menu POST /v2/bot/richmenu/bulk/unlink
rich_menu GET /v2/bot/richmenu/list
rich_menu GET /v2/bot/richmenu/progress/batch
rich_menu POST /v2/bot/richmenu/validate
rich_menu POST /v2/bot/richmenu/validate/batch
rich_menu GET /v2/bot/richmenu/{richMenuId}
rich_menu DELETE /v2/bot/richmenu/{richMenuId}
rich_menu GET /v2/bot/richmenu/{richMenuId}/content api-data
rich_menu POST /v2/bot/richmenu/{richMenuId}/content api-data
rich_menu GET /v2/bot/user/all/richmenu
rich_menu DELETE /v2/bot/user/all/richmenu
rich_menu POST /v2/bot/user/all/richmenu/{richMenuId}
rich_menu GET /v2/bot/user/{userId}/richmenu
rich_menu DELETE /v2/bot/user/{userId}/richmenu
rich_menu POST /v2/bot/user/{userId}/richmenu/{richMenuId}
room POST /v2/bot/room/{roomId}/leave
room GET /v2/bot/room/{roomId}/member/{userId}
room GET /v2/bot/room/{roomId}/members/count
room GET /v2/bot/room/{roomId}/members/ids
"""


def not_implemented(line: LineState, call: Call) -> Response:
    """The response to an operation that LINE documents and the sandbox does not implement."""
    return error(501, "the sandbox does not implement this endpoint of LINE: nothing was done")


def routes(implemented: Set[tuple[str, str]]) -> list[Route]:
    """One route for each operation, except for those that are implemented, by method and path."""
    found = []
    for line in filter(None, _OPERATIONS.split("\n")):
        name, method, path, host = (*line.split(), "api")[:4]
        if (method, path) not in implemented:
            # The module's token is issued with Basic authentication; a retry key is no error for any of them.
            found.append(Route(name, method, path, not_implemented, host=host, key=True, open=host == "manager"))
    return found
