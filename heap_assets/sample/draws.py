"""Random streams named by what they are for, so that one part of the world never shifts another; no distributions."""

import hashlib
import random

import numpy as np

from heap_assets.sample.world import World


def seed_of(world: World, *labels: object) -> int:
    """Return a 128-bit seed for the stream that the labels name; independent of hash randomisation."""
    text = "/".join(str(label) for label in (world.seed, *labels))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")


def arrays(world: World, *labels: object) -> np.random.Generator:
    """Return a generator of numpy arrays for the stream that the labels name."""
    return np.random.default_rng(seed_of(world, *labels))


def singles(world: World, *labels: object) -> random.Random:
    """Return a generator of single values for the stream that the labels name."""
    return random.Random(seed_of(world, *labels))


def hashed_id(world: World, identity: str) -> int:
    """Return the user_id that heap.identify gives an identity: a hash of it, not above `id_limit`, not small."""
    digest = hashlib.blake2b(identity.encode(), digest_size=8).digest()
    return 1_000 + int.from_bytes(digest, "big") % (world.id_limit - 999)


def hex_name(*labels: object) -> str:
    """Return eight hexadecimal digits for a part's name, decided by the labels alone."""
    return hashlib.blake2b("/".join(map(str, labels)).encode(), digest_size=4).hexdigest()
