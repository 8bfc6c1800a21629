"""Rows of the users table: Heap's own columns and custom properties; which dump brings which day: `schedule`."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from heap_assets.sample import vocabulary as words
from heap_assets.sample.calendar import DAY, Calendar, day_of, midnight
from heap_assets.sample.draws import arrays, seed_of
from heap_assets.sample.identify import Ints, Population, Role
from heap_assets.sample.visits import Row
from heap_assets.sample.world import World

_FLAG = "optimizely_checkout_redesign_2026_experiment_variation_name_for_the_{:02d}_audience_"
"""Name of an experiment flag, nearly 80 characters as at a real retailer (heap_delivery 2.1)."""

PROPERTIES = {
    "first_name": "string",
    "last_name": "string",
    "phone": "string",
    "_email": "string",
    "loyalty_tier": "string",
    "loyalty_points": "long",
    "platform_type_os_": "string",
    "_ab_bucket_": "string",
    "first_touch_note": "string",
    "lifetime_value": "double",
    "newsletter_opt_in": "boolean",
}
"""Custom properties and their Avro types; the first six are null for all but people with a profile."""


def property_types(world: World) -> dict[str, str]:
    """Return the custom properties of a world with their Avro types."""
    flags = range(1, world.custom_properties - len(PROPERTIES) + 1)
    return PROPERTIES | {_FLAG.format(number): "string" for number in flags}


def columns_on(world: World, day: int) -> tuple[str, ...]:
    """Return the custom properties that are delivered on a day: the last one appears in the course of the sample."""
    names = tuple(property_types(world))
    return names if day >= int(world.days * world.new_property_after) else names[:-1]


@dataclass(frozen=True)
class UserRows:
    """Makes the rows of users for one world."""

    world: World
    population: Population
    calendar: Calendar

    def of_day(self, day: int) -> Iterator[Row]:
        """Yield users that are new on a day, then those sent again with a newer last_modified."""
        begun = self._begun()
        entered = day_of(self.world, begun)
        for index in np.flatnonzero(entered == day).tolist():
            yield self._row(index, int(begun[index]), 0)
        draw = arrays(self.world, "users again", day)
        older = np.flatnonzero(entered < day)
        again = older[draw.random(len(older)) < self.world.users_resent_share]
        moments = midnight(self.world) + day * DAY + draw.integers(0, DAY, len(again))
        for index, moment in zip(again.tolist(), moments.tolist(), strict=True):
            yield self._row(index, moment, day)

    def _begun(self) -> Ints:
        """Return the second in which each user first appears: a profile with the first migration to it."""
        visitors, calendar = self.population.visitors, self.calendar
        made_later = np.isin(visitors.role, (Role.PROFILE, Role.SUPER))
        moment = np.where(made_later, np.iinfo(np.int64).max, calendar.first_seen)
        moving = np.flatnonzero(visitors.target >= 0)
        np.minimum.at(moment, visitors.target[moving], calendar.migrated[moving])
        return moment

    def _row(self, index: int, modified: int, day: int) -> Row:
        """Return a user as of a moment (epoch seconds); times are written in microseconds."""
        visitors = self.population.visitors
        chance = random.Random(seed_of(self.world, "user", index))
        row: Row = {
            "user_id": int(visitors.user_id[index]),
            "identity": visitors.identity.get(index),
            "handle": None,
            "email": None,
            "joindate": int(self.calendar.first_seen[index]) * 1_000_000 + chance.randrange(1_000_000),
            "last_modified": modified * 1_000_000 + chance.randrange(1_000_000),
        }
        row |= self._everybody(chance)
        if visitors.role[index] == Role.PROFILE:
            row |= self._profile(chance, index, day)
        return row

    def _everybody(self, chance: random.Random) -> Row:
        """Return the properties that any visitor may have."""
        row: Row = dict.fromkeys(property_types(self.world))
        row["platform_type_os_"] = chance.choice(("web/Windows", "web/Mac", "web/iOS", "web/Android", "app/iOS"))
        row["_ab_bucket_"] = chance.choice(("A", "B", None))
        for name in list(row)[len(PROPERTIES) :]:
            row[name] = chance.choice(("control", "variation_1", "variation_2", None))
        if chance.random() < 0.2:
            row["first_touch_note"] = chance.choice(words.NOTES)
        if chance.random() < self.world.long_note_share:
            row["first_touch_note"] = 'lorem ipsum, "dolor"\n' * 480
        if chance.random() < 0.3:
            row["lifetime_value"] = round(chance.expovariate(1 / 80), 2)
        if chance.random() < 0.4:
            row["newsletter_opt_in"] = chance.random() < 0.5
        return row

    def _profile(self, chance: random.Random, index: int, day: int) -> Row:
        """Return what a profile carries of its person, as the person types it on the site."""
        visitors = self.population.visitors
        person = self.population.named[int(visitors.person[index])]
        identity = visitors.identity[index]
        email = identity if "@" in identity else person.email
        nicknames = words.NICKNAMES.get(person.given, ())
        nick = bool(nicknames) and chance.random() < self.world.nickname_share
        return {
            "email": email if "@" in identity or chance.random() < 0.9 else None,
            "_email": email.upper() if chance.random() < 0.1 else None,
            "handle": f"{words.plain(person.given)}_{index}" if chance.random() < 0.05 else None,
            "first_name": chance.choice(nicknames) if nick else person.given,
            "last_name": person.surname if chance.random() < 0.95 else None,
            "phone": f"+1{person.phone}" if chance.random() < 0.35 else None,
            "loyalty_tier": chance.choice(("gold", "silver", "bronze", None)),
            "loyalty_points": chance.randrange(5_000) + 10 * day,
        }
