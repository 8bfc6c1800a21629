"""heap_assets.yaml as typed, validated values: what a user may say, its defaults, and how it is found.

It knows no stage.
"""

from heap_assets.settings.entries import FieldSettings, FileSettings
from heap_assets.settings.feeds import FeedSpec, snake_case
from heap_assets.settings.load import DEMO_CONFIG, find_config, load_settings, parse_settings
from heap_assets.settings.model import EnvironmentValue, Settings, SourceSettings

__all__ = [
    "DEMO_CONFIG",
    "EnvironmentValue",
    "FeedSpec",
    "FieldSettings",
    "FileSettings",
    "Settings",
    "SourceSettings",
    "find_config",
    "load_settings",
    "parse_settings",
    "snake_case",
]
