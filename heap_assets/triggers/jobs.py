"""The three jobs that everything is run by; `heap-assets run` and the sensors start the same ones."""

from collections.abc import Sequence

import dagster as dg

FEEDS_JOB, DOMAIN_JOB, RELEASE_JOB = "land_feeds", "fold_domain_tables", "stitch_to_release"


def jobs() -> Sequence[object]:
    """Feeds by file date; domain tables; Stitch to the release."""
    return [
        dg.define_asset_job(
            FEEDS_JOB,
            dg.AssetSelection.groups("feeds"),
            description="Land what the bucket holds for a range of file dates",
        ),
        dg.define_asset_job(
            DOMAIN_JOB, dg.AssetSelection.groups("domain_tables"), description="Fold every feed into its domain table"
        ),
        dg.define_asset_job(
            RELEASE_JOB,
            dg.AssetSelection.groups("stitch", "customer_360"),
            description="Resolve people, build the customer 360 and publish it",
        ),
    ]
