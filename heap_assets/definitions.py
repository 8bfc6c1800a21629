"""Everything wired together as Dagster definitions. The one place where stages, triggers and resources meet."""

import warnings
from collections.abc import Mapping
from typing import Any

import dagster as dg

from heap_assets.customer360.assets import customer_360_assets
from heap_assets.customer360.checks import customer_360_checks
from heap_assets.domain.assets import domain_asset_checks, domain_assets
from heap_assets.errors import SettingsMissing
from heap_assets.feeds.assets import feed_assets
from heap_assets.orchestration.resources import LakeResource, bucket_resource
from heap_assets.settings import Settings, load_settings
from heap_assets.settings.load import demo_fallback
from heap_assets.stitch.assets import stitch_assets
from heap_assets.stitch.checks import stitch_checks
from heap_assets.triggers.jobs import jobs
from heap_assets.triggers.sensors import sensors


def build_definitions(settings: Settings, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """All assets, checks, jobs and sensors of these settings, to load or to embed in another code location.

    `resources` replace `lake` or `bucket`. Nothing is read here but the settings: no network, no clock.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        assets = [
            *feed_assets(settings),
            *domain_assets(settings),
            *stitch_assets(settings),
            *customer_360_assets(settings),
        ]
    return dg.Definitions(
        assets=assets,
        asset_checks=[*domain_asset_checks(settings), *stitch_checks(settings), *customer_360_checks()],
        jobs=jobs(),  # type: ignore[arg-type]
        sensors=sensors(settings),
        executor=dg.in_process_executor,
        resources={
            "lake": LakeResource(uri=settings.lake.uri),
            "bucket": bucket_resource(settings),
            **dict(resources or {}),
        },
    )


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsMissing:
        return demo_fallback()


defs = build_definitions(_settings())
