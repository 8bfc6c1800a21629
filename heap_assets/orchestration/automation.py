"""The automation condition of domain tables, with the reason for its odd shape."""

import dagster as dg


def after_feed_lands() -> dg.AutomationCondition[dg.AssetKey | dg.AssetCheckKey]:
    """Request a domain table once any of its feeds has landed something and none is being written.

    Not `eager()`: one absent day silences it for good, and it loses a landing between a request and the next tick
    (dagster issues 24650, 33586). The bare `any_deps_match(newly_updated)` keeps its timing inside `since`.
    """
    landed = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.newly_updated())
    waiting = landed.since(dg.AutomationCondition.newly_requested())
    free = ~dg.AutomationCondition.any_deps_in_progress() & ~dg.AutomationCondition.in_progress()
    return (waiting & free).with_label("after_feed_lands")
