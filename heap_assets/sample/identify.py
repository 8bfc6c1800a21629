"""Who is who for Heap: cookies, profiles made by heap.identify, bots, migrations; when they visit: `calendar`."""

import random
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from heap_assets.sample.draws import arrays, hashed_id, singles
from heap_assets.sample.people import Person, people
from heap_assets.sample.world import World

Ints = npt.NDArray[np.int64]

SUPER_IDENTITY = "undefined"
"""What a faulty page passes to heap.identify: it glues strangers into one profile (heap_delivery 3.1)."""


class Role(IntEnum):
    """What a user_id is."""

    ANONYMOUS = 0
    KNOWN = 1
    PROFILE = 2
    BOT = 3
    GLUED = 4
    SUPER = 5


@dataclass(frozen=True)
class Visitors:
    """All Heap user_ids, one element each; `target` is the index of what it migrates to, -1 for none."""

    user_id: Ints
    role: Ints
    person: Ints
    target: Ints
    identity: dict[int, str]
    """Index to identity, of profiles only."""

    def terminal(self, index: int) -> int:
        """Return the index at the end of the migrations from this one; chains have no cycle."""
        while self.target[index] >= 0:
            index = int(self.target[index])
        return index


@dataclass(frozen=True)
class Population:
    """Named people, those of them who are customers, Heap's visitors, and how many people there are in all."""

    named: list[Person]
    customers: list[int]
    """People's numbers in the order of their customer_ids; some stand twice."""
    people: int
    """People whose number is not below `len(named)` are anonymous and live alone."""
    visitors: Visitors

    def household(self, person: int) -> int:
        """Return the household of a person; those of anonymous people have one member."""
        return self.named[person].household if person < len(self.named) else person + 1_000_000_000


def customer_id(index: int) -> str:
    """Return the customer_id of the customer at this index; leading zeros are part of it."""
    return f"C-{index + 1:07d}"


def populate(world: World) -> Population:
    """Return everybody: the same people are customers in the CRM and visitors of the site, partly."""
    chance = singles(world, "population")
    cookies = _cookies_of_known(world)
    records = max(1, round(world.users * world.customers_per_user))
    customers = max(1, records - round(records * world.crm_twice_share))
    both = min(round(len(cookies) * world.known_customer_share), customers)
    named = people(world, len(cookies) - both + customers)
    order = list(range(len(named)))
    chance.shuffle(order)
    first = order[len(cookies) - both :]
    twice = chance.sample(first, min(records - customers, len(first)))
    customer_of = {number: customer_id(index) for index, number in enumerate(first)}
    drafts = _Drafts()
    for number, count in zip(order, cookies, strict=False):
        drafts.add_known(named[number], _identities(world, chance, named[number], customer_of.get(number)), count)
    total = _add_strangers(world, drafts, order[: len(cookies)], len(named))
    return Population(named, first + twice, total, drafts.numbered(world))


def _cookies_of_known(world: World) -> list[int]:
    """Return the number of cookies of each known person, together about `identified_share` of all users."""
    wanted = round(world.users * world.identified_share)
    drawn = np.minimum(1 + arrays(world, "cookies").poisson(world.extra_cookies, wanted), world.max_cookies)
    known = int(np.searchsorted(np.cumsum(drawn), wanted)) + 1 if wanted else 0
    return [int(count) for count in drawn[:known]]


def _identities(world: World, chance: random.Random, person: Person, customer: str | None) -> list[str]:
    """Return what the site passes to heap.identify for a person, in order of time; a shared e-mail is never one."""
    own = f"member-{person.number}" if person.email_shared else person.email
    if customer is None or (not person.email_shared and chance.random() < world.identity_by_email_share):
        return [own]
    return [own, customer] if not person.email_shared and chance.random() < world.chained_share else [customer]


@dataclass
class _Drafts:
    """Visitors in the making, before they have ids."""

    role: list[int] = field(default_factory=list)
    person: list[int] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    identity: dict[int, str] = field(default_factory=dict)

    def add(self, role: Role, person: int, target: int = -1) -> int:
        """Add one visitor and return its index."""
        self.role.append(int(role))
        self.person.append(person)
        self.target.append(target)
        return len(self.role) - 1

    def add_known(self, person: Person, identities: list[str], cookies: int) -> None:
        """Add a person's profiles, each migrating to the next, and the cookies, which migrate to the first."""
        first = len(self.role)
        for step, identity in enumerate(identities):
            index = self.add(Role.PROFILE, person.number, -1 if step == len(identities) - 1 else first + step + 1)
            self.identity[index] = identity
        for _ in range(cookies):
            self.add(Role.KNOWN, person.number, first)

    def numbered(self, world: World) -> Visitors:
        """Give every visitor its user_id: a hash of the identity, else random; a few are below 10."""
        count = len(self.role)
        drawn = np.unique(arrays(world, "user ids").integers(10, world.id_limit, 2 * count + 100, dtype=np.int64))
        user_id = arrays(world, "order of ids").permutation(drawn)[:count]
        for index, identity in self.identity.items():
            user_id[index] = hashed_id(world, identity)
        role = np.array(self.role, dtype=np.int64)
        small = np.flatnonzero(role == Role.ANONYMOUS)[: min(world.small_ids, 9)]
        user_id[small] = np.arange(1, len(small) + 1)
        person, target = (np.array(each, dtype=np.int64) for each in (self.person, self.target))
        return Visitors(user_id, role, person, target, self.identity)


def _add_strangers(world: World, drafts: _Drafts, known: list[int], number: int) -> int:
    """Add glued cookies, bots and anonymous cookies up to `world.users`; return the number of people in all."""
    chance = singles(world, "strangers")
    faults = world.users // world.super_identity_every
    if faults:
        top = drafts.add(Role.SUPER, number)
        drafts.identity[top] = SUPER_IDENTITY
        for offset in range(1, faults * world.super_identity_cookies + 1):
            drafts.add(Role.GLUED, number + offset, top)
        number += faults * world.super_identity_cookies + 1
    for _ in range(int(world.users * world.bot_share)):
        drafts.add(Role.BOT, number)
        number += 1
    while len(drafts.role) < world.users:
        if known and chance.random() < world.anonymous_of_known_share:
            drafts.add(Role.ANONYMOUS, chance.choice(known))
        else:
            drafts.add(Role.ANONYMOUS, number)
            number += 1
    return number
