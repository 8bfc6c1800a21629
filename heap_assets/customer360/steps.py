"""The customer 360 from first to last, and with Stitch before it: everything that a release is made of."""

from heap_assets.customer360.behaviour import BEHAVIOUR_STEP, CUSTOMER_360_STEP
from heap_assets.customer360.merged import MERGED_STEP
from heap_assets.customer360.resolved import (
    HIDDEN_EVENTS_STEP,
    HIDDEN_SESSIONS_STEP,
    IDENTITIES_STEP,
    UNIFIED_USERS_STEP,
)
from heap_assets.stitch.steps import STITCH_STEPS

CUSTOMER_360_STEPS = (
    IDENTITIES_STEP,
    HIDDEN_EVENTS_STEP,
    HIDDEN_SESSIONS_STEP,
    UNIFIED_USERS_STEP,
    MERGED_STEP,
    BEHAVIOUR_STEP,
    CUSTOMER_360_STEP,
)
STEPS = (*STITCH_STEPS, *CUSTOMER_360_STEPS)
