"""What a user's editor and type checker see: the public contract, read by mypy and pyright, never executed."""

from __future__ import annotations

from typing_extensions import assert_type

from linetap import (
    BadArgument,
    CleverTapClient,
    CleverTapProfile,
    LinetapError,
    NoAnswer,
    Problem,
    ProfileField,
    ProfileRecord,
    Rejection,
    UploadReport,
    WebhookTemplate,
    WebhookTemplateReceipt,
)
from linetap.clevertap import Add, Increment


def errors(error: LinetapError, bad: BadArgument, no_answer: NoAnswer) -> None:
    """Errors say what a caller needs to decide what to do."""
    assert_type(error.status, int | None)
    assert_type(error.request_id, str | None)
    assert_type(error.attempts, int)
    assert_type(bad.problems, tuple[Problem, ...])
    assert_type(no_answer.retry_key, str | None)
    assert_type(no_answer.may_have_arrived, bool)


def fields() -> None:
    """A field in an f-string gives a plain str."""
    name = ProfileField("Name", default="friend")
    assert_type(f"Hello {name}", str)
    assert_type(name.default, str | None)


def clevertap(client: CleverTapClient) -> None:
    """Uploads take any iterable of records and give a report that names the records again."""
    record = ProfileRecord("cust-42", {"LineID": "U1", "Tags": Add("vip"), "Pushes": Increment(), "n": 1, "ok": True})
    report = client.upload_profiles((r for r in [record]), dry_run=True, on_rejection=lambda found: print(found.code))
    assert_type(report, UploadReport)
    assert_type(report.rejected, tuple[Rejection, ...])
    assert_type(report.raise_for_failures(), UploadReport)
    assert_type(client.profile(identity="cust-42"), CleverTapProfile | None)
    template = WebhookTemplate.line_push("LINE push", "token")
    assert_type(client.create_webhook_template(template), WebhookTemplateReceipt)
