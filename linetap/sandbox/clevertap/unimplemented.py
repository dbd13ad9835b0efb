"""The operations of CleverTap that the sandbox does not implement: each is 501 with a sentence, and nothing is done.

https://developer.clevertap.com/docs
"""

from __future__ import annotations

from linetap.http.types import Response
from linetap.sandbox.clevertap.state import CleverTapState, fail
from linetap.sandbox.core.service import Call, Route

# Name of the operation (for faults and the request log), method, path.
_OPERATIONS = """
events POST /1/events.json
events GET /1/events.json
event_count POST /1/counts/events.json
event_count GET /1/counts/events.json
top_properties POST /1/counts/top.json
top_properties GET /1/counts/top.json
trends POST /1/counts/trends.json
trends GET /1/counts/trends.json
real_time_count POST /1/now.json
subscribe POST /1/subscribe
disassociate POST /1/disassociate
demerge POST /1/demerge/profiles.json
send POST /1/send/push.json
send POST /1/send/email.json
send POST /1/send/sms.json
send POST /1/send/webpush.json
send POST /1/send/whatsapp.json
trigger_campaigns POST /2/send/externaltrigger.json
bulletin POST /1/targets/trigger.json
campaigns_by_get GET /1/targets/list.json
campaign_report_by_get GET /1/targets/result.json
message_report POST /1/message/report.json
custom_list POST /get_custom_list_segment_url
custom_list POST /upload_custom_list_segment_completed
segments POST /api/createSegment
segments POST /api/updateSegment
segments POST /1/segments/list.json
segments POST /1/segments/get.json
schema GET /getSchema
subscription_groups GET /category-groups
sms_templates POST /1/update/templateIds.json
content_block POST /v1/contentBlock/create
content_block POST /v1/contentBlock/update
content_block POST /v1/contentBlock/list
content_block GET /v1/contentBlock/list
content_block POST /v1/contentBlock/get
content_block GET /v1/contentBlock/get
"""


def not_implemented(box: CleverTapState, call: Call) -> Response:
    """The response to an operation that CleverTap documents and the sandbox does not implement."""
    return fail("the sandbox does not implement this endpoint of CleverTap: nothing was done", 501, status=501)


def routes() -> list[Route]:
    """One route for each operation."""
    lines = [line.split() for line in _OPERATIONS.split("\n") if line]
    return [Route(name, method, path, not_implemented) for name, method, path in lines]
