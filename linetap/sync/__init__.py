"""The sync: LINE's followers become CleverTap profiles, and each has one state. Names are imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linetap._lazy import lazy_names

if TYPE_CHECKING:
    from linetap.sync.apply import apply_plan as apply_plan
    from linetap.sync.followers import replay_rejected as replay_rejected
    from linetap.sync.followers import sync_followers as sync_followers
    from linetap.sync.identity import IdentityPolicy as IdentityPolicy
    from linetap.sync.identity import KnownFollowers as KnownFollowers
    from linetap.sync.identity import LineIdAsIdentity as LineIdAsIdentity
    from linetap.sync.ledger import Ledger as Ledger
    from linetap.sync.plan import SyncPlan as SyncPlan
    from linetap.sync.planning import plan_sync as plan_sync
    from linetap.sync.report import DeadLetter as DeadLetter
    from linetap.sync.report import SyncConflict as SyncConflict
    from linetap.sync.report import SyncReport as SyncReport

# Module -> its public names. The imports above say the same to type checkers; tests/test_layout.py compares them.
_MODULES = {
    "linetap.sync.apply": "apply_plan",
    "linetap.sync.followers": "replay_rejected sync_followers",
    "linetap.sync.identity": "IdentityPolicy KnownFollowers LineIdAsIdentity",
    "linetap.sync.ledger": "Ledger",
    "linetap.sync.plan": "SyncPlan",
    "linetap.sync.planning": "plan_sync",
    "linetap.sync.report": "DeadLetter SyncConflict SyncReport",
}

__all__, __getattr__, __dir__ = lazy_names(__name__, _MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
