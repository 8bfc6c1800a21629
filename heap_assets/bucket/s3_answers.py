"""What S3 answers when it does not give what was asked for -> our errors: bucket, key, missing action, what to do.

Nothing of the answer itself is passed on but its code and the action that it names: it may quote a key's signature.
"""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from heap_assets.errors import BucketUnreachable, DeliveryFailed, ObjectChanged, ObjectMissing

LIST, GET = "s3:ListBucket", "s3:GetObject"
_CODE = re.compile(r"<Code>([A-Za-z0-9.]{3,60})</Code>")
_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]{2,20}:[A-Za-z]{3,60})")
_SETTINGS = "Check the bucket's name, region, endpoint and the credentials' s3:ListBucket and s3:GetObject."
_LATER = "It was tried again several times, and is with the next run."
_CAUSES = {
    "ExpiredToken": ("the credentials have expired", "Renew them, then run again."),
    "RequestExpired": ("the credentials have expired", "Renew them, then run again."),
    "InvalidAccessKeyId": ("the credentials are not known to S3", "Check access_key_id and secret_access_key."),
    "InvalidToken": ("the credentials are not valid", "Check access_key_id, secret_access_key and session_token."),
    "SignatureDoesNotMatch": ("the credentials are not valid", "Check access_key_id and secret_access_key."),
    "NoSuchBucket": ("there is no such bucket", "Check source.bucket."),
    "PermanentRedirect": ("the bucket lies in another region", "Check source.region."),
    "AuthorizationHeaderMalformed": ("the bucket lies in another region", "Check source.region."),
    "SlowDown": ("S3 asks for fewer requests", _LATER),
    "ServiceUnavailable": ("S3 is not available", _LATER),
    "InternalError": ("S3 has an internal error", _LATER),
    "InvalidObjectState": ("the object is archived", "Restore it from its storage class, then run again."),
}


@contextmanager
def translated(bucket: str, key: str, action: str) -> Iterator[None]:
    """Raise obstore's errors as ObjectMissing, ObjectChanged or BucketUnreachable; `action` is what was asked for."""
    from obstore.exceptions import BaseError, NotFoundError, PreconditionError

    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise missing(bucket, key) from None
    except PreconditionError:
        raise changed(bucket, key) from None
    except BaseError as error:
        raise unreachable(bucket, key, action, type(error).__name__, str(error)) from None


@contextmanager
def room_for(key: str) -> Iterator[None]:
    """Raise a full disk as DeliveryFailed: an object is read from a file on this disk."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DeliveryFailed(
            "there is no room left for the object on this disk",
            where=key,
            todo="Make room, or set TMPDIR to a disk that has some.",
        ) from None


def unreachable(bucket: str, key: str, action: str, kind: str, answer: str, code: str = "") -> BucketUnreachable:
    """The error for an answer of S3: its code is given, or looked for in the text."""
    found = _CODE.search(answer)
    code = code or (found.group(1) if found else "")
    where = f"s3://{bucket}/{key}"
    if code in _CAUSES:
        what, todo = _CAUSES[code]
    elif code.startswith(("AccessDenied", "AllAccessDisabled", "KMS.")) or kind == "PermissionDeniedError":
        named = _ACTION.search(answer)
        action = named.group(1) if named else "kms:Decrypt" if code.startswith("KMS.") else action
        what, todo = (
            f"access is denied: the credentials lack {action}",
            f"Allow {action} {_resource(bucket, key, action)}.",
        )
    elif "redirect" in answer[:1000].lower():  # obstore hides the code of a 301 behind words of its own
        what, todo = _CAUSES["PermanentRedirect"]
    elif kind == "UnauthenticatedError":
        what, todo = "the credentials are not accepted", "Check the credentials under source."
    else:
        what, todo = "the bucket did not answer as it should", _SETTINGS
    return BucketUnreachable(f"{what} ({code or kind})", where=where, todo=todo)


def _resource(bucket: str, key: str, action: str) -> str:
    if action.startswith("kms:"):
        return f"on the KMS key of s3://{bucket}/{key}"
    return f"on arn:aws:s3:::{bucket}" if action == LIST else f"on arn:aws:s3:::{bucket}/{key}"


def missing(bucket: str, key: str) -> ObjectMissing:
    """An object that is not there, in a bucket or folder."""
    return ObjectMissing(
        "the object is not in the bucket", where=f"{bucket}/{key}", todo="It is tried again each time."
    )


def changed(bucket: str, key: str) -> ObjectChanged:
    """An object that is not what was listed, in a bucket or folder."""
    return ObjectChanged("the object changed since it was listed", where=f"{bucket}/{key}", todo="Run again.")
