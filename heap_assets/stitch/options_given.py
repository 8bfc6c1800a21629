"""From the settings of `stitch:` to the options that its stages take; what values mean there is in `options`."""

from heap_assets.settings import snake_case
from heap_assets.settings.stitch import BlockingStrategy, Condition, Rule, StitchSettings
from heap_assets.stitch import options
from heap_assets.stitch.fields import COLUMN_OF
from heap_assets.stitch.options import Classifier, StitchOptions, Strategy, Test

_UNLIKE = {"name": "given", "birthdate": "birthdate", "generational-suffix": "suffix", "company": "company"}


def options_given(settings: StitchSettings) -> StitchOptions:
    """One resolution's options, as the settings file has them."""
    only_default = [item.name for item in settings.blocking_strategies] == [options.DEFAULT]
    return StitchOptions(
        threshold=settings.threshold,
        kinds={snake_case(name): kind for name, kind in settings.compare.items()},
        classifier=Classifier(settings.classifier),
        strategies=None if only_default else tuple(_strategy(settings, one) for one in settings.blocking_strategies),
        rules=tuple(_rule(settings, one) for one in settings.rules),
        model_decides=settings.remaining_records == "model",
    )


def _strategy(settings: StitchSettings, one: BlockingStrategy) -> str | Strategy:
    if not one.keys:
        return one.name
    keys = [
        f"x-{key}" if semantic in settings.compare else key
        for (semantic, _), key in zip(one.parts, one.keys, strict=True)
    ]
    return Strategy(one.name, tuple(keys))


def _rule(settings: StitchSettings, one: Rule) -> options.Rule:
    return options.Rule(tuple(_conditions(settings, one.condition)), separate=one.separate is not None)


def _conditions(settings: StitchSettings, asked: Condition) -> list[options.Condition]:
    tests = (
        (Test.MATCH, asked.match),
        (Test.ALIKE, asked.approximately_match),
        (Test.DIFFER, asked.differ),
        (Test.UNLIKE, asked.significantly_differ),
    )
    found = [options.Condition(_column(settings, name), test) for test, names in tests for name in names]
    return found + [options.Condition(_UNLIKE[name], Test.UNLIKE) for name in asked.not_same]


def _column(settings: StitchSettings, semantic: str) -> str:
    """The column of standardised records that a semantic is compared in."""
    name = snake_case(semantic)
    return f"x_{name}" if semantic in settings.compare else COLUMN_OF.get(semantic, name)
