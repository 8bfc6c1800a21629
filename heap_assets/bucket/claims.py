"""Which manifest speaks for each dump: those that are to be judged anew are read, and rivals for one dump are found.

What a manifest may say is known to `manifests`; what becomes of its tables is decided in `discovery`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from heap_assets.bucket.arrivals import Arrival
from heap_assets.bucket.deliveries import ObjectMeta
from heap_assets.bucket.manifests import Manifest, dump_of
from heap_assets.errors import HeapAssetsError, ManifestConflict, ManifestInvalid

READERS = 16
Read = Callable[[ObjectMeta], Manifest | HeapAssetsError]
Claims = Mapping[int, Sequence[ObjectMeta]]


@dataclass(frozen=True)
class Judgement:
    """What is to be made of one dump: the manifests that claim it, and what the only one says, or why none counts."""

    dump: int
    claimants: tuple[ObjectMeta, ...]
    verdict: Manifest | HeapAssetsError

    @property
    def key(self) -> str:
        """The manifest; of several, the first by name."""
        return self.claimants[0].key

    @property
    def version(self) -> str | None:
        """The versions that were judged; None where one could not be read, so that it is tried again each time."""
        settled = isinstance(self.verdict, Manifest | ManifestConflict | ManifestInvalid)
        return stamp(self.claimants) if settled else None


def stamp(claimants: Sequence[ObjectMeta]) -> str:
    """The version of the only manifest of a dump; of several, each with its name."""
    if len(claimants) == 1:
        return claimants[0].version
    return json.dumps({meta.key: meta.version for meta in claimants})


def claims(listing: Mapping[str, ObjectMeta], root: str, known: Iterable[Arrival]) -> dict[int, list[ObjectMeta]]:
    """The manifests of each dump by their names, and those that were its rivals when they were last read."""
    found: dict[int, list[ObjectMeta]] = defaultdict(list)
    for key in sorted(listing):
        number = dump_of(key, root)
        if number is not None:
            found[number].append(listing[key])
    for arrival in known:
        if arrival.code == ManifestConflict.code and arrival.manifest_version is not None:
            rivals = found.get(int(arrival.delivery.delivery), [])
            named = [listing[key] for key in json.loads(arrival.manifest_version) if key in listing]
            rivals += [meta for meta in named if meta not in rivals]
    return {number: sorted(metas, key=lambda meta: meta.key) for number, metas in sorted(found.items())}


def judge(
    claimed: Claims, due: Collection[int], doubted: Iterable[ObjectMeta], root: str, read: Read
) -> list[Judgement]:
    """Judge the dumps that are due, and those that turn out to be claimed by a manifest which is named for another.

    Read are the manifests of the dumps that are due, and the `doubted`: those that were not valid before, since they
    may claim what is new (T18). Several are read at a time.
    """
    if not due:
        return []
    metas = {meta.key: meta for number in due for meta in claimed[number]} | {meta.key: meta for meta in doubted}
    with ThreadPoolExecutor(READERS) as pool:
        said = dict(zip(metas, pool.map(read, metas.values()), strict=True))
    rivals: dict[int, list[ObjectMeta]] = defaultdict(list)
    for key, content in said.items():
        if isinstance(content, Manifest) and content.dump_id in claimed and content.dump_id != dump_of(key, root):
            rivals[content.dump_id].append(metas[key])
    found = []
    for number in sorted({*due, *rivals}):
        named = [meta for meta in claimed[number] if dump_of(meta.key, root) == number]
        claimants = tuple(sorted([*named, *rivals[number]], key=lambda meta: meta.key))
        found.append(Judgement(number, claimants, _verdict(number, claimants, said)))
    return found


def _verdict(
    number: int, claimants: Sequence[ObjectMeta], said: Mapping[str, Manifest | HeapAssetsError]
) -> Manifest | HeapAssetsError:
    if len(claimants) == 1:
        return said[claimants[0].key]
    names = " and ".join(meta.key for meta in claimants)
    return ManifestConflict(
        f"{len(claimants)} manifests claim dump {number}", where=names, todo="Remove the wrong one."
    )
