"""Finding heap_assets.yaml, reading it, and saying what is wrong with it. What may stand in it is in `model`."""

import os
from datetime import date
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from heap_assets.errors import SettingsError, SettingsMissing
from heap_assets.settings.model import Settings
from heap_assets.settings.yaml_text import YamlRefused, read_yaml

DEMO_CONFIG = Path(".heap_assets/demo/heap_assets.yaml")
SECRET_FIELDS = frozenset({"access_key_id", "secret_access_key", "session_token"})
LONGEST_SHOWN = 100
_PATHS = (("source", "bucket"), ("lake", "uri"), ("dagster_home",))


def find_config(given: str | Path | None = None) -> Path | None:
    """The configuration file: the one given, $HEAP_ASSETS_CONFIG, ./heap_assets.yaml, or the demo's own.

    None where there is none.
    """
    if given is not None:
        return Path(given)
    if named := os.environ.get("HEAP_ASSETS_CONFIG"):
        return Path(named)
    return next((path for path in (Path("heap_assets.yaml"), DEMO_CONFIG) if path.is_file()), None)


def load_settings(given: str | Path | None = None) -> Settings:
    """Settings from the file that `find_config` names.

    Raises SettingsMissing where there is none, SettingsError where it does not hold what it may.
    """
    path = find_config(given)
    if path is None:
        raise SettingsMissing(
            "no configuration, and no demo bucket yet",
            where=f"looked for $HEAP_ASSETS_CONFIG, ./heap_assets.yaml, {DEMO_CONFIG}",
            todo="`make demo` (or `heap-assets demo`) writes a demo bucket and runs on it.",
        )
    if not path.is_file():
        raise SettingsMissing("there is no such configuration file", where=str(path), todo="Check --config.")
    try:
        content = read_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}, line {mark.line + 1}" if mark else str(path)
        what = str(error.problem) if isinstance(error, YamlRefused) else "the file is not valid YAML"
        raise SettingsError(what, where=place, todo="Mend it and run again.") from None
    if not isinstance(content, dict):
        raise SettingsError("the file must hold a mapping", where=str(path), todo="Start with `source:`.")
    return parse_settings(content, path.resolve().parent, str(path))


def parse_settings(content: dict[str, Any], folder: Path, name: str = "settings") -> Settings:
    """Settings from the mapping that a YAML file holds; relative paths are taken from `folder`."""
    try:
        settings = Settings.model_validate(_absolute(content, folder, name))
    except ValidationError as error:
        lines = [": ".join(filter(None, (_path(item["loc"]), _reason(item)))) for item in error.errors()]
        raise SettingsError(
            "; ".join(lines), where=name, todo="docs/settings.md lists every setting with its values."
        ) from None
    return settings.model_copy(update={"config_file": name})


def demo_fallback() -> Settings:
    """Settings with which definitions load where nothing is configured: the demo's places and a fixed start date."""
    folder = DEMO_CONFIG.parent.resolve()
    return parse_settings(
        {
            "source": {"bucket": "heap-rs3-acme"},
            "start_date": date(2026, 10, 1),
            "lake": {"uri": "lake"},
            "dagster_home": "dagster",
            "feeds": [
                {
                    "source": "CRM",
                    "feed": "Customers",
                    "pattern": "crm/customers_{yyyy}-{MM}-{dd}.csv.gz",
                    "primary_key": ["customer_id"],
                    "stitch": True,
                }
            ],
        },
        folder,
        "no configuration",
    )


def _absolute(content: dict[str, Any], folder: Path, name: str) -> dict[str, Any]:
    resolved: dict[str, Any] = {"lake": {}, "dagster_home": ".heap_assets/dagster", **content}
    defaults: dict[tuple[str, ...], str] = {("lake", "uri"): ".heap_assets/lake"}
    for path in _PATHS:
        holder: Any = resolved
        for part in path[:-1]:
            holder[part] = dict(holder[part]) if isinstance(holder.get(part), dict) else holder.get(part)
            holder = holder[part]
        if not isinstance(holder, dict):
            continue
        value = holder.get(path[-1], defaults.get(path))
        if isinstance(value, str) and "://" not in value:
            try:
                holder[path[-1]] = str((folder / Path(value).expanduser()).resolve())
            except (RuntimeError, ValueError, OSError):  # no such home, a NUL, a ring of links
                todo = "Name a folder, or s3://bucket."
                raise SettingsError(f"{_path(path)}: {_shown(value)} is no path", where=name, todo=todo) from None
    return resolved


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def _reason(item: Any) -> str:
    """What is wrong with one value, and what is allowed there; a value that may be a secret is never shown."""
    value = item.get("input")
    shown = f"{_shown(value)} " if isinstance(value, str | int | float | bool) and item["type"] != "missing" else ""
    if any(part in SECRET_FIELDS for part in item["loc"]):
        return "is a secret and must name an environment variable that holds it: {env: NAME}"
    if item["type"] == "extra_forbidden":
        return f"there is no such setting; allowed here: {', '.join(_allowed(item['loc'][:-1]))}"
    if item["type"] in ("model_type", "dict_type"):
        return f"{shown}must be a mapping, `name: value` each"
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"{shown}{message[0].lower()}{message[1:]}"


def _shown(value: object) -> str:
    """A value as it may stand in a message: the beginning of a long one, and nothing that cannot be written."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _allowed(section: tuple[int | str, ...]) -> list[str]:
    """The names that may stand in a section of the file."""
    kind: Any = Settings
    for part in section:
        field = kind.model_fields.get(part) if isinstance(part, str) else None
        # a part that names no section is a name of the user's own, such as a field called `type`
        kind = (_model_in(field.annotation) if field else None) or kind
    return sorted(name for name, field in kind.model_fields.items() if not field.exclude)


def _model_in(annotation: Any) -> Any:
    """The settings model in a type such as `list[FeedSettings]` or `FileSettings | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in get_args(annotation))
    return next((model for model in found if model is not None), None)
