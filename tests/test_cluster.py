"""The same batch on a real Dask cluster on loopback, open and over TLS; one of its two workers is killed in the middle."""

from __future__ import annotations

import datetime
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("distributed")
pq = pytest.importorskip("pyarrow.parquet")

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.x509.oid import NameOID  # noqa: E402

from benchmarks.province import chunk  # noqa: E402
from evaluator.batch import cluster  # noqa: E402
from evaluator.batch.cluster import Cluster, cluster_at  # noqa: E402
from evaluator.batch.running import Batch, run_batch  # noqa: E402
from evaluator.errors import UsageProblem  # noqa: E402
from tests.oracle import ROOT  # noqa: E402
from tests.test_batch import RULES, differences, told  # noqa: E402


class Authority:
    """An authority of a cluster's own, and the certificates it gives; every file lies in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.key = folder, ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed("CA", self.key, x509.BasicConstraints(ca=True, path_length=0))
        self.ca = self._written("ca.pem", self.certificate.public_bytes(serialization.Encoding.PEM))

    def give(self, name: str, password: bytes | None = None) -> tuple[Path, Path]:
        """The paths of a new certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(name, key, x509.BasicConstraints(ca=False, path_length=None))
        hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
        pem = made.public_bytes(serialization.Encoding.PEM)
        return self._written(f"{name}.pem", pem), self._written(f"{name}.key", private)

    def files(self, name: str) -> dict[str, Path | None]:
        """What a client of this authority's cluster gives."""
        certificate, key = self.give(name)
        return {"ca": self.ca, "cert": certificate, "key": key}

    def _signed(self, name: str, key: ec.EllipticCurvePrivateKey, extent: x509.BasicConstraints) -> x509.Certificate:
        names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, "CA")]
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(names[1], names[0], key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
        return builder.add_extension(extent, critical=True).sign(self.key, hashes.SHA256())

    def _written(self, name: str, raw: bytes) -> Path:
        (self.folder / name).write_bytes(raw)
        return self.folder / name


def started(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "20s",
        "DASK_DISTRIBUTED__ADMIN__LOG_LENGTH": "100",
    }
    log = (folder / f"{command[0]}-{time.monotonic_ns()}.log").open("wb")
    return subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]], stdout=log, stderr=log, env=environment, cwd=folder)  # fmt: skip


def shown(authority: Authority | None, name: str) -> list[str]:
    if authority is None:
        return []
    certificate, key = authority.give(name)
    return ["--tls-ca-file", str(authority.ca), "--tls-cert", str(certificate), "--tls-key", str(key)]


@contextmanager
def running(folder: Path, authority: Authority | None = None) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler on loopback, and its two workers."""
    where = folder / "scheduler.json"
    there = ["--host", f"{'tls' if authority else 'tcp'}://127.0.0.1", "--port", "0", "--scheduler-file", str(where)]
    scheduler = started(folder, "scheduler", "--no-dashboard", *there, *shown(authority, "scheduler"))
    workers: list[subprocess.Popen[bytes]] = []
    try:
        while not where.exists():
            assert scheduler.poll() is None, "the scheduler ended"
            time.sleep(0.1)
        address = json.loads(where.read_text())["address"]
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]
        for number in range(2):
            workers.append(started(folder, "worker", address, *options, *shown(authority, f"worker{number}")))
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait(10)


def compared(folder: Path, there: Cluster, workers: list[subprocess.Popen[bytes]]) -> Batch:
    """A batch here and there; a worker is killed when a quarter is done, and nothing differs."""
    table, _ = chunk(40_000, 21, 0)
    (folder / "in").mkdir()
    pq.write_table(table, folder / "in" / "a.parquet", row_group_size=2_500)
    run_batch([folder / "in"], folder / "one", RULES, csv=False, part_rows=2_500)
    killed: list[int] = []

    def kill_one(past: int, whole: int, last: object) -> None:
        if not killed and past * 4 >= whole:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(past)

    made = run_batch([folder / "in"], folder / "many", RULES, csv=False, part_rows=2_500, cluster=there, done=kill_one)
    assert killed
    assert killed[0] < made.rows
    assert workers[0].wait(10) == -signal.SIGKILL
    assert made.rows == len(table)
    assert differences(told(folder / "one"), told(folder / "many")) == {}
    return made


def test_a_cluster_makes_what_one_process_makes_and_a_killed_worker_costs_only_time(tmp_path: Path):
    with running(tmp_path) as (address, workers):
        compared(tmp_path, cluster_at(address, dict.fromkeys(("ca", "cert", "key"))), workers)


def test_a_secured_cluster_does_the_same_and_speaks_to_nobody_without_its_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own, other = Authority(tmp_path / "own"), Authority(tmp_path / "other")
    with running(tmp_path, own) as (address, workers):
        assert address.startswith("tls://")
        compared(tmp_path, cluster_at(address, own.files("client")), workers)
        monkeypatch.setattr(cluster, "WAIT", "2s")
        plain = Cluster(address.replace("tls://", "tcp://"))
        stranger = cluster_at(address, other.files("stranger"))
        trusting = cluster_at(address, other.files("mixed") | {"ca": own.ca})  # knows the scheduler, is not known by it
        for unknown in (plain, stranger, trusting):
            with pytest.raises(UsageProblem, match="U509"):
                list(unknown.each(print, [1]))


def refused(address: str | None, given: dict[str, Path | None]) -> list[tuple[str, str]]:
    with pytest.raises(UsageProblem) as told:
        cluster_at(address, given)
    return [(problem.code, Path(problem.where.path).name if problem.where else "") for problem in told.value.problems]


def test_certificates_that_cannot_be_used_are_told_before_anything_is_sent(tmp_path: Path):
    own = Authority(tmp_path / "own")
    good = own.files("client")
    tls = "tls://127.0.0.1:1"
    assert cluster_at(tls, good).security.require_encryption
    assert refused(tls, dict.fromkeys(good)) == [("U517", "")]
    assert refused(tls, good | {"key": None}) == [("U517", "")]
    assert refused("tcp://127.0.0.1:1", good) == [("U517", "")]
    assert refused("127.0.0.1:1", good) == [("U517", "")]
    assert refused(None, good) == [("U517", "")]
    assert refused(tls, good | {"ca": tmp_path / "none.pem"}) == [("U516", "none.pem")]
    assert refused(tls, good | {"ca": good["key"], "key": good["cert"]}) == [("U516", "client.key"), ("U516", "client.pem")]  # fmt: skip
    (tmp_path / "noise.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert refused(tls, good | {"cert": tmp_path / "noise.pem"}) == [("U516", "noise.pem")]
    (tmp_path / "noise.key").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    assert refused(tls, good | {"key": tmp_path / "noise.key"}) == [("U516", "noise.key")]
    assert refused(tls, good | {"key": own.give("another")[1]}) == [("U516", "another.key")]
    assert refused(tls, good | {"key": own.give("hidden", b"word")[1]}) == [("U516", "hidden.key")]
