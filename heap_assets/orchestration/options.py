"""What a run was asked for beyond its assets, as run tags: the same for command line, sensor and launchpad."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

_LEAD = "heap_assets/"


@dataclass(frozen=True)
class RunOptions:
    """Skip what cannot be read; read again what has not changed; make every table afresh; learn Stitch's model anew."""

    skip_failed: bool = False
    reread: bool = False
    rebuild: bool = False
    retrain: bool = False

    def tags(self) -> dict[str, str]:
        """The options that are on, as run tags."""
        return {f"{_LEAD}{name}": "true" for name, on in vars(self).items() if on}


def run_options(tags: Mapping[str, str]) -> RunOptions:
    """The options that a run's tags ask for; a rebuild reads again too."""
    asked = {one.name: tags.get(f"{_LEAD}{one.name}") == "true" for one in fields(RunOptions)}
    return RunOptions(**{**asked, "reread": asked["reread"] or asked["rebuild"]})
