"""An object store for tests: moto's server, which speaks S3, in a process of its own."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError

from tests.ports import free_port

BUCKET = "photos"


@dataclass
class Store:
    """The running object store."""

    url: str
    client: Any
    _process: "subprocess.Popen[bytes]"

    def options(self) -> dict[str, Any]:
        """Return what the settings say of it."""
        return {
            "bucket_name": BUCKET,
            "endpoint_url": self.url,
            "access_key": "key",
            "secret_key": "secret",
            "region_name": "us-east-1",
        }

    def held(self) -> list[str]:
        """Return what it holds."""
        return [one["Key"] for one in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def kind_of(self, key: str) -> str:
        """Return the type that an object carries."""
        return str(self.client.head_object(Bucket=BUCKET, Key=key)["ContentType"])

    def is_open_to_strangers(self, key: str) -> bool:
        """Return whether an object's own list lets everybody read it."""
        grants = self.client.get_object_acl(Bucket=BUCKET, Key=key)["Grants"]
        return any("AllUsers" in grant["Grantee"].get("URI", "") for grant in grants)

    def go_down(self) -> None:
        """Be gone, as a machine is whose power was cut."""
        self._process.kill()
        self._process.wait(10)


@contextlib.contextmanager
def running() -> Iterator[Store]:
    """Run an empty object store with one bucket."""
    port = free_port()
    program = str(Path(sys.executable).with_name("moto_server"))
    process = subprocess.Popen(
        [program, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1"
    )
    try:
        for _ in range(150):
            with contextlib.suppress(BotoCoreError):
                client.create_bucket(Bucket=BUCKET)
                break
            time.sleep(0.1)
        yield Store(url, client, process)
    finally:
        client.close()
        process.kill()
        process.wait(10)
