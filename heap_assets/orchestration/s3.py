"""The bucket on S3: dagster-aws' S3Resource, which knows region, endpoint and keys.

With our held client for listing and reading.
"""

from typing import Any

import dagster as dg
from dagster_aws.s3 import S3Resource
from pydantic import PrivateAttr

from heap_assets.bucket.s3_bucket import s3_bucket
from heap_assets.bucket.store import Bucket
from heap_assets.settings import EnvironmentValue, SourceSettings


class HeapS3Resource(S3Resource):
    """An S3Resource that opens one bucket for reading.

    Keys that are not given come from where boto3 finds them (environment, profile, the machine's own role).
    """

    bucket: str
    _opened: Bucket | None = PrivateAttr(default=None)

    @classmethod
    def for_source(cls, source: SourceSettings) -> "HeapS3Resource":
        """The resource for the `source` section of the settings.

        Secrets are named here and looked up when the bucket is opened: definitions load without them, and the UI, which
        shows a resource's configuration, shows the name of the variable.
        """
        keys: dict[str, Any] = {
            "aws_access_key_id": _named(source.access_key_id),
            "aws_secret_access_key": _named(source.secret_access_key),
            "aws_session_token": _named(source.session_token),
        }
        return cls(bucket=source.bucket_name, region_name=source.region, endpoint_url=source.endpoint_url, **keys)

    def open(self) -> Bucket:
        """The bucket; its client is made once (S3Resource makes a session at each call, 0.1 to 0.3 s)."""
        if self._opened is None:
            self._opened = s3_bucket(self.bucket, self._config(), self._credentials(), self._client)
        return self._opened

    def _client(self) -> Any:
        """A boto3 client with the same keys."""
        import boto3

        session = boto3.Session(profile_name=self.profile_name, region_name=self.region_name)
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        keys = {name: _resolved(getattr(self, name)) for name in names}
        return session.client("s3", endpoint_url=self.endpoint_url, **keys)

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = {"region": self.region_name or "us-east-1"}
        if self.endpoint_url:
            config["endpoint"] = self.endpoint_url
            config["virtual_hosted_style_request"] = False
        if self.aws_access_key_id is not None:
            config["access_key_id"] = _resolved(self.aws_access_key_id)
            config["secret_access_key"] = _resolved(self.aws_secret_access_key)
        if self.aws_session_token is not None:
            config["session_token"] = _resolved(self.aws_session_token)
        return config

    def _credentials(self) -> Any:
        """Boto3's own chain of credentials, refreshed as boto3 does, where no keys are given."""
        if self.aws_access_key_id is not None:
            return None
        import boto3
        from obstore.auth.boto3 import Boto3CredentialProvider

        return Boto3CredentialProvider(boto3.Session(profile_name=self.profile_name, region_name=self.region_name))


def _named(value: EnvironmentValue | None) -> dg.EnvVar | None:
    return dg.EnvVar(value.env) if value is not None else None


def _resolved(value: str | None) -> str | None:
    """A field's value: Dagster has looked it up already where it made the resource; elsewhere that is done here."""
    return EnvironmentValue(env=value.env_var_name).resolve() if isinstance(value, dg.EnvVar) else value
