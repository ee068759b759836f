"""Signatures over the ledger (签名): Ed25519 over the number and digest of its last entry, so over all that came before.

cryptography is an extra (ziping[sign]) and is loaded here alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluator.errors import Problem, UsageProblem
from evaluator.files.publish import write_new
from evaluator.files.snapshot import Refused, take
from evaluator.records.ledger import Ledger, canonical

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PASSPHRASE = "ZIPING_PASSPHRASE"  # the environment variable that answers for the prompt
LARGEST = 100_000  # bytes of a key file
ROLES = ("单位", "审核")
SIGNED = ("seq", "digest", "role", "by")  # what a signature stands for


def keygen(path: Path, passphrase: str) -> tuple[Path, str]:
    """Make a key pair: the private key in `path` (mode 0600), the public one beside it (.pub), which is returned.

    An empty passphrase leaves the private key readable to whoever has the file. Raises UsageProblem (U421, U103).
    """
    keys = _library()
    from cryptography.hazmat.primitives import serialization as forms

    key = keys.Ed25519PrivateKey.generate()
    lock = forms.BestAvailableEncryption(passphrase.encode()) if passphrase else forms.NoEncryption()
    private = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, lock)
    public = key.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    beside = path.with_name(f"{path.name}.pub")
    if beside.exists():
        raise UsageProblem([Problem("U422", f"“{beside}”已存在，不覆盖")])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageProblem([Problem("U422", f"“{path}”已存在，不覆盖")]) from None
    except OSError as error:
        raise UsageProblem([Problem("U422", f"无法写入“{path}”（{error.strerror}）")]) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(private)
        write_new(beside, public)
    except (OSError, UsageProblem) as error:  # no half of a pair stays
        path.unlink(missing_ok=True)
        if isinstance(error, UsageProblem):
            raise
        raise UsageProblem([Problem("U422", f"无法写入“{path}”（{error.strerror}）")]) from None
    return beside, _raw(key)


def is_locked(path: Path) -> bool:
    """Whether a private key asks for a passphrase."""
    return b"ENCRYPTED" in _read(path)


def signature(ledger: Ledger, key_file: Path, passphrase: str, role: str, by: str) -> dict[str, Any]:
    """What the ledger keeps of a signature over it as it stands; raises UsageProblem (U421 to U425)."""
    key = _private(key_file, passphrase)
    head = ledger.head()
    if head is None:
        raise UsageProblem([Problem("U425", "台账还是空的，没有可签的内容", remedy="先运行 ziping run")])
    signed = {"seq": head.seq, "digest": head.digest, "role": role, "by": by}
    return signed | {"public_key": _raw(key), "signature": key.sign(message(signed)).hex()}


def message(payload: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: which entry, and who signs as what."""
    return b"ziping ledger signature 1\n" + canonical({name: payload.get(name) for name in SIGNED}).encode(
        errors="surrogatepass"
    )


def valid(payload: Mapping[str, Any]) -> bool:
    """Whether a recorded signature is what its public key says; raises UsageProblem (U421) without the library."""
    keys = _library()
    from cryptography.exceptions import InvalidSignature

    with suppress(InvalidSignature, KeyError, ValueError, TypeError):
        public = keys.Ed25519PublicKey.from_public_bytes(bytes.fromhex(payload["public_key"]))
        public.verify(bytes.fromhex(payload["signature"]), message(payload))
        return True
    return False


def public_key(path: Path) -> str:
    """A public key from its file (.pub), in hexadecimal; raises UsageProblem (U421, U423)."""
    keys = _library()
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    with suppress(ValueError):
        found = load_pem_public_key(_read(path))
        if isinstance(found, keys.Ed25519PublicKey):
            return str(found.public_bytes_raw().hex())
    raise UsageProblem([Problem("U423", f"“{path}”不是 Ed25519 公钥", None, "ziping keygen 生成的 .pub 文件")])


def _private(path: Path, passphrase: str) -> Ed25519PrivateKey:
    keys = _library()
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = _read(path)
    locked = b"ENCRYPTED" in data
    try:
        key = load_pem_private_key(data, passphrase.encode() if locked else None)
    except (ValueError, TypeError):
        says = "口令不对" if locked else f"“{path}”不是 Ed25519 私钥"
        raise UsageProblem([Problem("U424", says, None, "ziping keygen 生成的私钥文件和它的口令")]) from None
    if isinstance(key, keys.Ed25519PrivateKey):
        made: Ed25519PrivateKey = key
        return made
    raise UsageProblem([Problem("U424", f"“{path}”不是 Ed25519 私钥", None, "ziping keygen 生成的私钥文件")])


def _raw(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _read(path: Path) -> bytes:
    try:
        return take(path, LARGEST)
    except Refused as refused:
        raise UsageProblem([Problem("U423", f"“{path}”：{refused.says}", None, refused.allowed)]) from None


def _library() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        says = "签名需要 cryptography，这里没有安装"
        raise UsageProblem([Problem("U421", says, remedy="pip install 'ziping[sign]'")]) from None
    return ed25519
