"""One look at the bucket: what it lists, and what was known before. What follows is in `dumps` and `discovery`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from heap_assets.bucket.arrivals import Arrival, Arrivals
from heap_assets.bucket.deliveries import MISSING, ObjectMeta, ObjectRef
from heap_assets.bucket.store import Bucket
from heap_assets.settings import Settings


@dataclass(frozen=True)
class Look:
    """One look at the bucket: what it lists, what was known before, and the settings that say what is wanted."""

    bucket: Bucket
    settings: Settings
    listing: Mapping[str, ObjectMeta]
    known: Arrivals
    now: datetime

    @property
    def manifest_bucket(self) -> str:
        """The bucket's name in the addresses of manifests."""
        return self.settings.source.manifest_bucket or self.bucket.name

    def day(self, meta: ObjectMeta) -> date:
        """The file date of an object that has none in its name: the day on which it was last modified."""
        return meta.modified.astimezone(ZoneInfo(self.settings.timezone)).date()

    def ref(self, key: str, before: Arrival | None) -> ObjectRef:
        """The object as listed; one that has vanished since stays what it was.

        For what landed stays too (interfaces.md 6).
        """
        meta = self.listing.get(key)
        if meta is not None:
            return ObjectRef(key, meta.size, meta.version)
        held = next((ref for ref in before.delivery.objects if ref.key == key), None) if before else None
        return held or ObjectRef(key, MISSING, "")
