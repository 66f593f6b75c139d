"""An S3 server from the distribution's packages: Ceph's gateway on a tiny cluster.

``python -m tests.store.s3_server`` says on standard output how to reach it, and ends
when its standard input does. The cluster is one monitor and one store in memory.
"""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from shutil import which

from tests.store.serving import (
    Missing,
    environment_of,
    free_port,
    logged,
    run,
    serve,
    wait_for,
)

BUCKET = "ghstate-test"
SECRET = "c4n4ry-secret"
_COMMANDS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "monmaptool")

# Of one machine, for a minute: no replicas, no waiting for others to agree, and none
# of the gateway's house-keeping. The gateway would insist on encryption to a monitor.
_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon}/0]
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms bind msgr1 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = {directory}
admin socket = {directory}/$name.socket
pid file = {directory}/$name.pid
log file = {directory}/$name.log
keyring = {directory}/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon initial members = a
mon data = {directory}/mon
mon cluster log file = {directory}/cluster.log
paxos propose interval = 0.02
paxos min wait = 0.01
osd data = {directory}/osd
osd objectstore = memstore
memstore device bytes = 1073741824
rgw data = {directory}/rgw
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw enable apis = s3
rgw num control oids = 1
rgw run sync thread = false
rgw enable gc threads = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw dynamic resharding = false
rgw override bucket index max shards = 1
rgw data log num shards = 1
rgw lc max objs = 1
rgw gc max objs = 1
"""


def settings() -> Mapping[str, str]:
    """The variables for boto3; the test is skipped where there is no server."""
    return environment_of("tests.store.s3_server", "GHSTATE_TEST_S3")


def make_bucket() -> None:
    """Make `BUCKET`; no error where it is there and ours."""
    import boto3  # noqa: PLC0415 - processes that work at other stores need it not

    boto3.client("s3").create_bucket(Bucket=BUCKET)


def start(
    directory: Path, processes: list[subprocess.Popen[bytes]]
) -> Mapping[str, str]:
    if any(which(command) is None for command in _COMMANDS):
        raise Missing("no S3 server: apt-get install radosgw ceph-mon ceph-osd")
    port, mon, fsid = free_port(), free_port(), f"{uuid.uuid4()}"
    configuration = directory / "ceph.conf"
    text = _CONFIGURATION.format(directory=directory, fsid=fsid, mon=mon, port=port)
    configuration.write_text(text, "utf-8")
    for name in ("mon", "osd", "rgw"):
        (directory / name).mkdir()

    def launched(*command: str) -> subprocess.Popen[bytes]:
        with logged(directory / f"{command[0]}.out") as where:
            process = subprocess.Popen(  # noqa: S603 - a server of the distribution
                [*command, "-c", f"{configuration}", "-f"], cwd=directory, **where
            )
        processes.append(process)
        return process

    def ran(*command: str) -> None:
        run([*command, "-c", f"{configuration}"], cwd=directory)

    monitors, osds = f"{directory}/monmap", f"{directory}/osdmap"
    address = f"[v2:127.0.0.1:{mon}/0]"
    run(["monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monitors])
    run(["osdmaptool", "--createsimple", "1", osds, "--clobber"])
    ran("ceph-mon", "-i", "a", "--mkfs", "--monmap", monitors, "--osdmap", osds)
    launched("ceph-mon", "-i", "a")
    ran("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", f"{uuid.uuid4()}")
    launched("ceph-osd", "-i", "0")
    gateway = ("-n", "client.rgw", "--no-mon-config")
    keys = ("--access-key", "tester", "--secret-key", SECRET)
    user = ("user", "create", "--uid", "tester", "--display-name", "tester")
    ran("radosgw-admin", *gateway, *user, *keys)
    server = launched("radosgw", *gateway)
    wait_for(port, server, directory / "client.rgw.log")
    return {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "tester",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


if __name__ == "__main__":
    serve(start)
