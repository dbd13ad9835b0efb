"""CleverTap's numbers, each under the address of the page that states it."""

from __future__ import annotations

# https://developer.clevertap.com/docs/upload-user-profiles-api
UPLOAD_PAGE = "https://developer.clevertap.com/docs/upload-user-profiles-api"
RECORDS_PER_UPLOAD = 1_000
UPLOADS_IN_FLIGHT = 15
UPLOADS_IN_FLIGHT_DEFAULT = 8
# The pages say bytes in one place and characters in another: bytes are the stricter reading.
KEY_BYTES = 120
VALUE_BYTES = 512
PROPERTIES_PER_PROFILE = 256

# https://docs.clevertap.com/docs/platform-considerations
PLATFORM_PAGE = "https://docs.clevertap.com/docs/platform-considerations"
BANNED_IN_KEYS = "%><!|&.:;$'\"\\#"
BANNED_IN_EVENT_NAMES = BANNED_IN_KEYS.replace("#", "")
VALUES_PER_LIST = 100
LATEST_TIMESTAMP = 100_000_000_000  # seconds; a larger number is in milliseconds
PROPERTIES_PER_EVENT = 256

# https://docs.clevertap.com/docs/csv-upload
CSV_PAGE = "https://docs.clevertap.com/docs/csv-upload"
IDENTITY_CHARACTERS = 1_023
# Another bound is in the text of CleverTap's error 523, recorded in 2017: identities "under 120 chars".
IDENTITY_CHARACTERS_SAFE = 120
BANNED_IDENTITIES = frozenset(
    "undefined null na n/a 0 nil -1 infinity -infinity inf -inf nan -nan empty xxxxxx none".split()  # noqa: SIM905
)
# The page of January 2026 says 1 GB; a copy of 2021 says 50 MB.
CSV_BYTES = 1_000_000_000

# https://docs.clevertap.com/docs/platform-considerations; names are compared without case and blanks.
_OWN_EVENTS = (
    "Notification Sent,Notification Viewed,Notification Clicked,Notification Delivered,Notification Replied,"
    "UTM Visited,App Launched,App Uninstalled,App Version Changed,Stayed,Reply Sent,Experiment Rendered,"
    "Reachable By,Identity Reset,Identity Set,Identity Error,Web Page Viewed"
)
RESERVED_EVENTS = frozenset(_OWN_EVENTS.replace(" ", "").lower().split(","))

# https://developer.clevertap.com/docs/ingesting-nested-objects-via-clevertap-apis
NESTED_PAGE = "https://developer.clevertap.com/docs/ingesting-nested-objects-via-clevertap-apis"
NESTED_LEVELS = 3
NESTED_ITEMS = 100

EVENTS_PAGE = "https://developer.clevertap.com/docs/upload-events-api"

# https://developer.clevertap.com/docs/delete-user-profile-api
DELETE_PAGE = "https://developer.clevertap.com/docs/delete-user-profile-api"
IDENTITIES_PER_DELETE = 100

# https://developer.clevertap.com/docs/get-user-profiles-api
PROFILES_PAGE = "https://developer.clevertap.com/docs/get-user-profiles-api"
PROFILES_PER_PAGE = 5_000
PROFILE_BUCKETS = 23  # pages are filled from 23 buckets, so sizes are multiples of it
PROFILE_PAGE = "https://developer.clevertap.com/docs/get-user-profile"

# https://developer.clevertap.com/docs/api-request-limit: everything but uploads
CALLS_IN_FLIGHT = 3
LIMITS_PAGE = "https://developer.clevertap.com/docs/api-request-limit"

# https://developer.clevertap.com/docs/external-trigger-api
TRIGGER_PAGE = "https://developer.clevertap.com/docs/external-trigger-api"
USERS_PER_TRIGGER = 1_000  # as one observed sender does; the page names no number

QUERY_PAGE = "https://developer.clevertap.com/docs/clevertap-query-language"
CAMPAIGN_PAGE = "https://developer.clevertap.com/docs/create-campaign-api"
CAMPAIGNS_PAGE = "https://developer.clevertap.com/docs/get-campaigns-api"
COMMON_PAGE = "https://developer.clevertap.com/docs/common-api-components"
WEBHOOKS_PAGE = "https://docs.clevertap.com/docs/setup-webhooks"
LINE_PUSH_URL = "https://api.line.me/v2/bot/message/push"

# A report keeps this many rejections; the callback sees all of them.
REJECTIONS_KEPT = 10_000
