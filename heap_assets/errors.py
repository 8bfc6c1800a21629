"""Every error that heap_assets raises on purpose.

One tree, each class with a stable code and an entry in docs/errors.md.

Here stand the classes and how a message is put together. What went wrong is known, and said, where it is raised.
"""

from typing import ClassVar


class HeapAssetsError(Exception):
    """What happened, where, and what to do next; the root of all our errors."""

    code: ClassVar[str] = "HA-0001"
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        """Put the message together; none of the three parts may hold personal data or a secret."""
        self.what, self.where, self.todo = what, where, todo
        super().__init__(what)

    def __str__(self) -> str:
        place = f" [{self.where}]" if self.where else ""
        advice = f" {self.todo}" if self.todo else ""
        return f"{self.code}: {self.what}{place}.{advice}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.where, self.todo)


def _rebuild(kind: type[HeapAssetsError], what: str, where: str, todo: str) -> HeapAssetsError:
    return kind(what, where=where, todo=todo)


class SettingsError(HeapAssetsError):
    """heap_assets.yaml says something that is not allowed: path in the file, value, what is allowed."""

    code, exit_code = "HA-1001", 2


class SettingsMissing(HeapAssetsError):
    """No configuration was found, and no demo bucket either."""

    code, exit_code = "HA-1002", 2


class UsageError(HeapAssetsError):
    """A command line that cannot be carried out as written."""

    code, exit_code = "HA-1003", 2


class DeliveryFailed(HeapAssetsError):
    """A delivery could not be read now; it is tried again each time."""

    code = "HA-2000"


class BucketUnreachable(DeliveryFailed):
    """The bucket or folder did not answer: access, name, network."""

    code = "HA-2001"


class ObjectMissing(DeliveryFailed):
    """A manifest lists an object that the bucket does not hold."""

    code = "HA-2002"


class ObjectChanged(DeliveryFailed):
    """An object changed between being listed and being read."""

    code = "HA-2003"


class ManifestInvalid(DeliveryFailed):
    """A manifest that is not what Heap writes: every Heap feed of that dump fails until it is mended."""

    code = "HA-2004"


class RequiredFileMissing(DeliveryFailed):
    """A day without a file of a feed that is required every day."""

    code = "HA-2005"


class DeliveryRefused(HeapAssetsError):
    """A delivery that must not be loaded; it is not read again until its content or the settings change."""

    code = "HA-3000"


class DamagedObject(DeliveryRefused):
    """The bytes of an object contradict themselves: cut short, bits flipped, counts that do not add up."""

    miscounted = False  # what came out of a file is not what was counted in it
    code = "HA-3001"


class UnreadableFile(DeliveryRefused):
    """A whole file that is not of the format that the feed declares."""

    code = "HA-3002"


class ManifestConflict(DeliveryRefused):
    """Two manifests claim one dump id."""

    code = "HA-3003"


class ForeignObject(DeliveryRefused):
    """A manifest names an object outside the configured bucket and prefix."""

    code = "HA-3004"


class ErrorThresholdPassed(DeliveryRefused):
    """More rows of a delivery were rejected than the feed's error_threshold allows; `rejects` are the first of them."""

    rejects: object = None
    code = "HA-3005"


class AmbiguousFile(DeliveryRefused):
    """One file is matched by the patterns of two feeds."""

    code = "HA-3006"


class FieldsContradict(DeliveryRefused):
    """A delivery whose columns cannot be brought to the feed's fields."""

    code = "HA-3007"


class LakeError(HeapAssetsError):
    """The lake does not hold what was asked of it."""

    code = "HA-4000"


class TableMissing(LakeError):
    """There is no such table in the lake yet."""

    code = "HA-4001"


class VersionExpired(LakeError):
    """The table is there, but the version asked for is no longer."""

    code = "HA-4002"


class CommitConflict(LakeError):
    """Somebody else committed first; what was built on the older version was not committed."""

    code = "HA-4003"


class SchemaMismatch(LakeError):
    """A data file does not have the columns and types of the table it is meant for."""

    code = "HA-4004"


class DeliveriesOutstanding(HeapAssetsError):
    """A delivery failed or was refused and is not skipped, so nothing is built on top of it."""

    code = "HA-5001"


class StitchedTableEmpty(HeapAssetsError):
    """A domain table that was stitched before has become empty."""

    code = "HA-5002"


class NothingToStitch(HeapAssetsError):
    """No domain table is made available to Stitch, or none was built yet."""

    code = "HA-5003"


class TooManyRecords(HeapAssetsError):
    """More different records than one machine can pair."""

    code = "HA-5004"


class ReleaseIncomplete(HeapAssetsError):
    """The set of tables to be published lacks one of them."""

    code = "HA-6001"


class QueryFailed(HeapAssetsError):
    """A query that the engine could not run."""

    code, exit_code = "HA-7001", 2


class UnknownTable(HeapAssetsError):
    """A name that no table or view of the lake has."""

    code, exit_code = "HA-7002", 2


class RunFailed(HeapAssetsError):
    """A Dagster run ended in failure; the errors of its steps stand above."""

    code = "HA-8001"
