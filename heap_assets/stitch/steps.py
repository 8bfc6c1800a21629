"""Stitch from first to last, as a page of its documentation reads."""

from heap_assets.stitch.amperity_ids import IDS_STEP
from heap_assets.stitch.bad_values.found import BAD_VALUES_STEP
from heap_assets.stitch.coalesced import COALESCED_STEP, CUSTOMER_STEP
from heap_assets.stitch.nicknames_given import NICKNAMES_STEP
from heap_assets.stitch.outputs import PREPROCESSED_STEP, STITCH_SCORES_STEP, UNIFIED_SCORES_STEP
from heap_assets.stitch.records import RECORDS_STEP
from heap_assets.stitch.source_records import SOURCE_STEP
from heap_assets.stitch.stages import STAGES
from heap_assets.stitch.standardised_values import VALUES_STEP

STITCH_STEPS = (
    VALUES_STEP,
    SOURCE_STEP,
    BAD_VALUES_STEP,
    NICKNAMES_STEP,
    RECORDS_STEP,
    *STAGES,
    IDS_STEP,
    COALESCED_STEP,
    CUSTOMER_STEP,
    PREPROCESSED_STEP,
    STITCH_SCORES_STEP,
    UNIFIED_SCORES_STEP,
)
