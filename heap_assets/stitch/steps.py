"""Stitch from first to last, as a page of its documentation reads."""

from heap_assets.stitch.amperity_ids import IDS_STEP
from heap_assets.stitch.clusters import CLUSTERS_STEP
from heap_assets.stitch.coalesced import COALESCED_STEP
from heap_assets.stitch.records import RECORDS_STEP

STITCH_STEPS = (RECORDS_STEP, CLUSTERS_STEP, IDS_STEP, COALESCED_STEP)
