"""The bucket on S3: dagster-aws' S3Resource, which knows region, endpoint and keys.

With our held client for listing and reading.
"""

from typing import Any

from dagster_aws.s3 import S3Resource
from pydantic import PrivateAttr

from heap_assets.bucket.store import Bucket, s3_bucket
from heap_assets.settings import SourceSettings


class HeapS3Resource(S3Resource):
    """An S3Resource that opens one bucket for reading.

    Keys that are not given come from where boto3 finds them (environment, profile, the machine's own role).
    """

    bucket: str
    _opened: Bucket | None = PrivateAttr(default=None)

    @classmethod
    def for_source(cls, source: SourceSettings) -> "HeapS3Resource":
        """The resource for the `source` section of the settings; values of the environment are looked up now."""
        keys: dict[str, Any] = {
            "aws_access_key_id": source.access_key_id.resolve() if source.access_key_id else None,
            "aws_secret_access_key": source.secret_access_key.resolve() if source.secret_access_key else None,
            "aws_session_token": source.session_token.resolve() if source.session_token else None,
        }
        return cls(bucket=source.bucket_name, region_name=source.region, endpoint_url=source.endpoint_url, **keys)

    def open(self) -> Bucket:
        """The bucket; its client is made once (S3Resource makes a session at each call, 0.1 to 0.3 s)."""
        if self._opened is None:
            self._opened = s3_bucket(self.bucket, self._config(), self._credentials())
        return self._opened

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = {"region": self.region_name or "us-east-1"}
        if self.endpoint_url:
            config["endpoint"] = self.endpoint_url
            config["virtual_hosted_style_request"] = False
        if self.aws_access_key_id and self.aws_secret_access_key:
            config |= {"access_key_id": self.aws_access_key_id, "secret_access_key": self.aws_secret_access_key}
            if self.aws_session_token:
                config["session_token"] = self.aws_session_token
        return config

    def _credentials(self) -> Any:
        """Boto3's own chain of credentials, refreshed as boto3 does, where no keys are given."""
        if self.aws_access_key_id and self.aws_secret_access_key:
            return None
        import boto3
        from obstore.auth.boto3 import Boto3CredentialProvider

        return Boto3CredentialProvider(boto3.Session(profile_name=self.profile_name, region_name=self.region_name))
