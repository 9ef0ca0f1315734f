"""A fleet in a bucket: moto's S3 server on this machine, read through fsspec."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import create_connection, create_server
from threading import Event

import pytest

import imgscan
from imgscan.fleet import scan_fleet
from imgscan.fleet.workers import LocalProcesses

from .clusters import cluster
from .fleets import Here, image, save_fleet, unique_layers

for needed in ("moto.server", "s3fs", "boto3"):
    pytest.importorskip(needed, reason=f"{needed} is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries of the store

COUNT = 9


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pause = Event()
    try:
        for _ in range(600):
            try:
                create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                pause.wait(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def bucket(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Fill a bucket with a fleet, and return the folder with the same images."""
    import boto3
    import fsspec

    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": address,
        "FSSPEC_S3": json.dumps({"endpoint_url": address}),
    }.items():
        monkeypatch.setenv(name, value)
    fsspec.config.set_conf_env(fsspec.config.conf)
    client = boto3.client("s3", endpoint_url=address)
    client.create_bucket(Bucket="images")
    for path in save_fleet(tmp_path / "in", COUNT):
        client.upload_file(str(path), "images", f"fleet/{path.name}")
    yield tmp_path / "in"
    for item in client.list_objects_v2(Bucket="images").get("Contents", []):
        client.delete_object(Bucket="images", Key=item["Key"])
    client.delete_bucket(Bucket="images")
    fsspec.config.conf.pop("s3", None)


def test_images_of_a_bucket_are_reported_on_as_files_are(bucket: Path, tmp_path: Path) -> None:
    report = scan_fleet(["s3://images/fleet/"], tmp_path / "out", workers=Here())

    assert report.summary.unread == ()
    assert len(report.summary.images) == COUNT
    assert report.run.surveyed == unique_layers(COUNT)
    for item in report.summary.images:
        name = item.source.rpartition("/")[2]
        here = imgscan.write(imgscan.scan(bucket / name)).decode()
        text = (tmp_path / "out" / item.reports["json"]).read_text()
        assert text.replace("s3://images/fleet", str(bucket)) == here


def test_a_second_run_skips_what_did_not_change_in_the_bucket(bucket: Path, address: str, tmp_path: Path) -> None:
    import boto3

    scan_fleet(["s3://images/fleet/"], tmp_path / "out", workers=Here())
    body = image(30).docker_archive()
    boto3.client("s3", endpoint_url=address).put_object(Bucket="images", Key="fleet/app-2.tar", Body=body)

    report = scan_fleet(["s3://images/fleet/*.tar"], tmp_path / "out", workers=Here())

    assert (report.run.kept, report.run.sources) == (COUNT - 1, 1)


def test_what_is_not_in_the_bucket_stops_no_other(bucket: Path, tmp_path: Path) -> None:
    sources = ["s3://images/none.tar", "s3://images/fleet/app-0.tar", "s3://nowhere/x.tar"]

    report = scan_fleet(sources, tmp_path / "out", workers=Here())

    assert len(report.summary.images) == 1
    assert {item.source for item in report.summary.unread} == {"s3://images/none.tar", "s3://nowhere/x.tar"}


def test_processes_of_this_machine_read_a_bucket(bucket: Path, tmp_path: Path) -> None:
    workers = LocalProcesses(2)
    try:
        report = scan_fleet(["s3://images/fleet/"], tmp_path / "out", workers=workers)
    finally:
        workers.close()

    assert (len(report.summary.images), report.summary.unread) == (COUNT, ())


def test_the_command_line_reads_a_bucket_and_files_in_one_run(bucket: Path, tmp_path: Path) -> None:
    """As a process of its own: stores of fsspec have threads, beside which nothing may be forked."""
    (tmp_path / "list").write_text(f"s3://images/fleet/\n{bucket / 'app-0.tar'}\ns3://nowhere/x.tar\n")
    command = [Path(sys.executable).with_name("imgscan"), "fleet", tmp_path / "list", "--out", tmp_path / "out"]

    run = subprocess.run([*map(str, command), "--jobs", "2"], capture_output=True, text=True, check=False, timeout=300)

    assert f"FLEET ({COUNT + 1} images, 1 not read)" in run.stdout
    assert "s3://nowhere/x.tar: " in run.stderr
    assert run.returncode == 3


def test_a_cluster_reads_a_bucket(bucket: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="distributed (imgscan[fleet]) is not installed")
    from imgscan.fleet.dask_workers import DaskWorkers

    with cluster(tmp_path) as running:
        workers = DaskWorkers(running.address)
        try:
            report = scan_fleet(["s3://images/fleet/"], tmp_path / "out", workers=workers)
        finally:
            workers.close()

    assert (len(report.summary.images), report.summary.unread) == (COUNT, ())
    assert report.run.surveyed == unique_layers(COUNT)
