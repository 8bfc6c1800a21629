"""How many random examples a property is held to, and how they are drawn."""

from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, settings


def random_examples(count: int, many: int, unheeded: Sequence[HealthCheck]):
    """`count` examples: fewer than `many` are the same in every run and not shrunk, those of a fuzz run new each time.

    `unheeded` are hypothesis' own complaints that do not matter.
    """
    few = count < many
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=few,
        phases=(Phase.explicit, Phase.generate) if few else tuple(Phase),
        database=None,
        suppress_health_check=list(unheeded),
    )
