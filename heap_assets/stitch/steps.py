"""Stitch from first to last, as a page of its documentation reads."""

from heap_assets.stitch.amperity_ids import IDS_STEP
from heap_assets.stitch.coalesced import COALESCED_STEP
from heap_assets.stitch.records import RECORDS_STEP
from heap_assets.stitch.stages import STAGES

STITCH_STEPS = (RECORDS_STEP, *STAGES, IDS_STEP, COALESCED_STEP)
