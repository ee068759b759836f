"""Others on the network: only over TLS, with a password that is never kept, and not by guessing (tried on loopback)."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from evaluator.errors import EvaluatorError
from evaluator.web import security
from evaluator.web.server import LanAccess
from tests.web.served import ROOT

pytest.importorskip("cryptography")
PASSWORD = "街道办 2023 年度自评"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(9))
    built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    folder = tmp_path_factory.mktemp("证书")
    (folder / "cert.pem").write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


def words(root: Path, *more: object) -> list[str]:
    return [sys.executable, "-c", "from evaluator.cli import main; main()", "serve", str(root), "--no-open", *map(str, more)]  # fmt: skip


def environment(password: str = PASSWORD) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "ZIPING_PASSWORD": password}


def test_others_come_in_over_tls_with_the_password_and_guessing_is_stopped(root: Path, pair: tuple[Path, Path]):
    cert, key = pair
    more = ("--host", "localhost", "--cert", cert, "--key", key)
    with subprocess.Popen(words(root, *more), stdout=subprocess.PIPE, text=True, env=environment()) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().strip()
            assert address.startswith("https://localhost:") and "token" not in address
            base = address.removesuffix("/enter")
            client = httpx2.Client(
                base_url=base,
                headers={"Origin": base},
                verify=ssl.create_default_context(cafile=cert),
                trust_env=False,
                timeout=30,
            )
            assert client.get("/").status_code == 401 and 'type="password"' in client.get("/enter").text
            assert client.get("/enter", params={"token": PASSWORD}).status_code == 401  # never in an address
            entered = client.post("/enter", data={"token": PASSWORD})
            said = entered.headers["set-cookie"].lower()
            assert entered.status_code == 200 and "secure" in said and "httponly" in said and "samesite=strict" in said
            assert client.get("/who").status_code == 200
            with pytest.raises(httpx2.HTTPError):
                httpx2.get(base.replace("https:", "http:"), trust_env=False, timeout=10).raise_for_status()
            other = httpx2.Client(
                base_url=base,
                headers={"Origin": base},
                verify=ssl.create_default_context(cafile=cert),
                trust_env=False,
                timeout=60,
            )
            assert other.get("/enter", headers={"Host": "evil.example"}).status_code == 421
            for number in range(security.TRIES):
                assert other.post("/enter", data={"token": f"猜 {number}"}).status_code == 401
            assert other.post("/enter", data={"token": PASSWORD}).status_code == 401
            assert client.get("/who").status_code == 200  # who is in stays in
        finally:
            process.kill()
    assert PASSWORD.encode() not in b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "more, password",
    [
        (("--host", "localhost"), PASSWORD),
        (("--cert", "CERT", "--key", "KEY"), PASSWORD),
        (("--host", "0.0.0.0", "--cert", "CERT", "--key", "KEY"), PASSWORD),
        (("--host", "localhost", "--cert", "CERT", "--key", "KEY"), "short"),
        (("--host", "localhost", "--cert", "CERT", "--key", "CERT"), PASSWORD),
        (("--host", "localhost", "--cert", "无.pem", "--key", "KEY"), PASSWORD),
    ],
)
def test_nothing_is_served_to_others_without_all_of_it(
    root: Path, pair: tuple[Path, Path], more: tuple[str, ...], password: str
):
    given = [str({"CERT": pair[0], "KEY": pair[1]}.get(word, word)) for word in more]
    done = subprocess.run(
        words(root, *given), capture_output=True, text=True, env=environment(password), timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "U402" in done.stderr or "U403" in done.stderr


def test_a_name_that_is_none_is_refused(pair: tuple[Path, Path]):
    for host in ("", "evil name", "a/b", "-x", "::", "*"):
        with pytest.raises(EvaluatorError):
            LanAccess(host, *pair, PASSWORD).checked()


def test_a_password_is_known_again_however_it_is_typed_and_no_other_is():
    password = security.Password("Ａbc 密码１２３４")
    assert password.is_said("Abc 密码1234") and not password.is_said("Abc 密码123") and not password.is_said("x" * 300)
    now = [0.0]
    sessions = security.Sessions("t", lambda: now[0], password)
    assert sessions.enter("Abc 密码1234", "a") is None and sessions.enter("Abc 密码1234", "a", True)
    for _ in range(security.TRIES):
        sessions.enter("wrong", "b", True)
    assert sessions.enter("t", "b") is None and sessions.enter("t", "a")  # another address is not kept out
    now[0] = security.WITHIN + 1
    assert sessions.enter("t", "b")
