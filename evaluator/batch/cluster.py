"""Parts done by the workers of a Dask cluster, over TLS where certificates are given.

Whoever reaches a scheduler can have any code run by its workers, so an open one (tcp://) belongs on a network that only they
share. With certificates each side shows one of the cluster's own authority, and what is not encrypted is refused.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluator.errors import Problem, UsageProblem, Where
from evaluator.files.snapshot import Refused, take_text

WAIT = "20s"  # for the scheduler to answer
SECURED = "tls://"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a scheduler listens, and the certificates with which it is spoken to (distributed's Security; None: openly)."""

    address: str
    security: Any = None

    def each(self, work: Callable[[Any], Any], todo: Iterable[Any]) -> Iterator[Any]:
        """The results of `work` as they come; what is lost with its worker is done again by another. Raises U509."""
        from distributed import Client, as_completed

        try:
            client: Any = Client(self.address, timeout=WAIT, security=self.security)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            says = f"连不上“{self.address}”（{type(error).__name__}）"
            allowed = "Dask 调度器的地址，如 tcp://10.0.0.1:8786；用证书的是 tls://…，且两边的证书由同一个 CA 签发"
            raise UsageProblem([Problem("U509", says, None, allowed)]) from None
        with client:
            for future in as_completed(client.map(work, list(todo), pure=False, retries=3)):  # type: ignore[no-untyped-call]
                yield future.result()


def cluster_at(address: str | None, given: Mapping[str, Path | None]) -> Cluster:
    """The cluster of a scheduler's address and the files given for the options --cluster-ca, -cert and -key (PEM).

    All three or none; an address with certificates begins with tls://. Raises UsageProblem with everything that is wrong
    (U509: no Dask; U517: options that do not go together; U516: a file that is no certificate or key that fits).
    """
    try:
        from distributed.security import Security
    except ImportError:
        raise UsageProblem([Problem("U509", "没有安装 Dask", None, "pip install 'ziping[cluster]'")]) from None
    files = {name: path for name, path in given.items() if path is not None}
    if address and not files and not address.startswith(SECURED):
        return Cluster(address)
    problems = []
    if missing := [f"--cluster-{name}" for name in given if name not in files]:
        problems.append(Problem("U517", f"加密连接缺少 {'、'.join(missing)}", None, "--cluster-ca、--cluster-cert、--cluster-key 三个一起写"))  # fmt: skip
    if address is None or not address.startswith(SECURED):
        but = "没有写 --cluster" if address is None else f"“{address}”不是加密的地址"
        problems.append(Problem("U517", f"写了证书，而{but}", None, "--cluster tls://主机:端口"))
    for name, path in files.items():
        try:
            _pem(name, path)
        except Refused as error:
            problems.append(Problem("U516", error.says, Where(str(path)), error.allowed))
    if address is None or problems:
        raise UsageProblem(problems)
    ca, cert, key = (str(files[name].resolve()) for name in given)
    security: Any = Security(require_encryption=True, tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key)  # type: ignore[no-untyped-call]
    try:
        security.get_connection_args("client")
    except ssl.SSLError as error:
        says = f"私钥与证书“{cert}”不是一对（{error.reason or error}）"
        raise UsageProblem([Problem("U516", says, Where(key), "签发这张证书时用的私钥")]) from None
    return Cluster(address, security)


def _pem(name: str, path: Path) -> None:
    """Raises Refused where a file is no certificate or private key, or a key behind a password."""
    text = take_text(path)
    if name == "key":
        if "ENCRYPTED" in text:
            raise Refused("U516", "私钥带口令，各机无法使用", "不带口令的 PEM 私钥，只许本人读")
        if "PRIVATE KEY-----" not in text:
            raise Refused("U516", "不是私钥", "PEM 私钥（-----BEGIN PRIVATE KEY-----）")
        return
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        raise Refused("U516", "不是证书", "PEM 证书（-----BEGIN CERTIFICATE-----）") from None
