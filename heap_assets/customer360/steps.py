"""The customer 360 from first to last, and with Stitch before it: everything that a release is made of."""

from heap_assets.customer360.behaviour import BEHAVIOUR_STEP, CUSTOMER_360_STEP, PROFILES_STEP
from heap_assets.customer360.merged import MERGED_STEP
from heap_assets.customer360.resolved import (
    HIDDEN_EVENTS_STEP,
    HIDDEN_SESSIONS_STEP,
    IDENTITIES_STEP,
    UNIFIED_USERS_STEP,
)
from heap_assets.settings import Settings
from heap_assets.stitch.build import Step
from heap_assets.stitch.steps import STITCH_STEPS

_WITH_HEAP = (
    IDENTITIES_STEP,
    HIDDEN_EVENTS_STEP,
    HIDDEN_SESSIONS_STEP,
    UNIFIED_USERS_STEP,
    MERGED_STEP,
    BEHAVIOUR_STEP,
    CUSTOMER_360_STEP,
)
_WITHOUT_HEAP = (MERGED_STEP, PROFILES_STEP)


def customer_360_steps(settings: Settings) -> tuple[Step, ...]:
    """The steps behind Stitch; where no feed is Heap's, nothing of Heap is among them."""
    heap = any(spec.delivery == "heap_connect" for spec in settings.feed_specs())
    return _WITH_HEAP if heap else _WITHOUT_HEAP


def all_steps(settings: Settings) -> tuple[Step, ...]:
    """Every step of a build, in order."""
    return (*STITCH_STEPS, *customer_360_steps(settings))
