"""Time stamps (时间戳, RFC 3161): a third party says when the head of the ledger was there already; asked for, checked offline.

What is stamped are the bytes whose SHA-256 is the digest of an entry, so that `openssl ts -verify -digest` checks it too.
rfc3161-client is an extra (ziping[stamp]) and is loaded here alone; nothing else of ziping ever uses a network.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evaluator.errors import Problem, UsageProblem
from evaluator.files.snapshot import Refused, take
from evaluator.records.ledger import Entry, Ledger, LedgerProblem, canonical
from evaluator.records.moments import APART, moment
from evaluator.records.shapes import WHEN

PATIENCE = 30.0  # seconds for the service to answer
LARGEST = 200_000  # bytes of an answer, or of a file of certificates
GRANTED = 0
# from an answer down to its certificates: TimeStampResp, its token, the content, SignedData, certificates
WAY = (0x30, 0x30, 0xA0, 0x30, 0xA0)  # the last of that kind each time


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time stamp in the ledger: its entry, up to which it stamps, when by whose word, and whether the issuer is checked."""

    seq: int
    upto: int
    time: str
    tsa: str
    checked: bool


def stamped_bytes(entry: Entry) -> bytes:
    """What an entry is the digest of: these bytes are stamped."""
    content = [entry.seq, entry.kind, entry.time, entry.payload, entry.previous]
    return canonical(content).encode(errors="surrogatepass")


def stamp(entry: Entry, url: str) -> tuple[bytes, str]:
    """Have an entry stamped by the service at a URL: its answer (DER), and the time it says.

    Raises UsageProblem: U464 no such address, U465 no answer, U466 an answer that is none, U467 without the library.
    """
    client = _library()
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise UsageProblem([Problem("U464", f"“{url}”不是时间戳服务的地址", None, "http:// 或 https:// 开头的地址")])
    builder = client.TimestampRequestBuilder().data(stamped_bytes(entry))
    asked = (
        builder.hash_algorithm(client.HashAlgorithm.SHA256).nonce(nonce=True).cert_request(cert_request=True).build()
    )
    answer = _ask(url, asked.as_bytes())
    try:
        made = client.decode_timestamp_response(ordered(answer))
        if made.status != GRANTED:
            told = "；".join(made.status_string) or f"状态 {made.status}"
            raise UsageProblem([Problem("U466", f"时间戳服务没有盖章：{told}")])
        if made.tst_info.nonce != asked.nonce or not _of(made, entry):
            raise UsageProblem([Problem("U466", "时间戳服务答的不是所问的内容")])
        return answer, _time(made)
    except ValueError:
        raise UsageProblem([Problem("U466", f"“{url}”答的不是 RFC 3161 时间戳")]) from None


def roots_in(path: Path) -> list[Any]:
    """The certificates (PEM) of services that are trusted; raises UsageProblem (U468, U467 without the library)."""
    _library()
    from cryptography import x509

    try:
        if found := x509.load_pem_x509_certificates(take(path, LARGEST)):
            return found
    except (Refused, ValueError):
        pass
    raise UsageProblem([Problem("U468", f"“{path}”里没有 PEM 证书", None, "时间戳服务公布的根证书（.pem、.crt）")])


def stamps(ledger: Ledger, entries: Sequence[Entry], roots: Sequence[Any]) -> Iterator[Stamped | tuple[int, Problem]]:
    """Every time stamp of a ledger, and what is wrong with any (L219), unchecked (L220), or at odds with times (L216)."""
    by_seq = {entry.seq: entry for entry in entries}
    for entry in (one for one in entries if one.kind == "stamp"):
        upto = by_seq.get(entry.payload.get("seq", 0))
        if upto is None or upto.seq >= entry.seq or upto.digest != entry.payload.get("digest"):
            yield entry.seq, Problem("L219", f"第 {entry.seq} 条：时间戳盖的不是这本台账的一条")
            continue
        try:
            client = _library()
            answer = client.decode_timestamp_response(ordered(ledger.blob(str(entry.payload.get("response")))))
        except UsageProblem as error:
            says = f"第 {entry.seq} 条：时间戳没有核对，{error.problems[0].says}"
            yield entry.seq, Problem("L220", says, severity="警告", remedy=error.problems[0].remedy)
            continue
        except (LedgerProblem, ValueError):
            yield entry.seq, Problem("L219", f"第 {entry.seq} 条：时间戳不在台账里，或读不了")
            continue
        yield from _checked(client, answer, entry, upto, roots)


def _checked(
    client: Any, answer: Any, entry: Entry, upto: Entry, roots: Sequence[Any]
) -> Iterator[Stamped | tuple[int, Problem]]:
    """One stamp against what it is said to be over, against its issuer where that is given, and against the clocks."""
    seq = entry.seq
    if answer.status != GRANTED or not _of(answer, upto):
        yield seq, Problem("L219", f"第 {seq} 条：时间戳盖的不是第 {upto.seq} 条")
        return
    if roots:
        try:
            client.VerifierBuilder(roots=list(roots)).build().verify(answer, bytes.fromhex(upto.digest))
        except (client.VerificationError, ValueError) as error:
            yield seq, Problem("L219", f"第 {seq} 条：时间戳无效，或不是所给证书的服务盖的（{error}）")
            return
    time = answer.tst_info.gen_time.astimezone(UTC).replace(tzinfo=None)
    yield Stamped(seq, upto.seq, _time(answer), str(entry.payload.get("tsa")), bool(roots))
    if not roots:
        says = f"第 {seq} 条：时间戳是谁盖的没有核对"
        yield seq, Problem("L220", says, severity="提示", remedy="用 --tsa-ca 给出时间戳服务的根证书")
    for one, early in ((upto, moment(upto) - time > APART), (entry, time - moment(entry) > APART)):
        if early:
            says = f"第 {one.seq} 条的时间 {one.time} {'晚' if one is upto else '早'}于时间戳的 {_time(answer)}"
            yield one.seq, Problem("L216", f"{says}：机器的时钟不准，或时间被人写过", severity="警告")


def _of(answer: Any, entry: Entry) -> bool:
    return bool(answer.tst_info.message_imprint.message == bytes.fromhex(entry.digest))


def _time(answer: Any) -> str:
    told: datetime = answer.tst_info.gen_time
    return told.astimezone(UTC).strftime(WHEN)


def ordered(answer: bytes) -> bytes:
    """An answer with its certificates in the order of DER, which the library insists on and OpenSSL's services do not keep.

    Nothing is signed of their order; anything that is no such answer stays as it is.
    """
    try:
        start, end = 0, len(answer)
        for tag in WAY:
            start, end = [(inner, upto) for _, kind, inner, upto in _values(answer, start, end) if kind == tag][-1]
        certificates = sorted(answer[at:upto] for at, _, _, upto in _values(answer, start, end))
    except IndexError:
        return answer
    return answer[:start] + b"".join(certificates) + answer[end:]


def _values(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The DER values between two places: where each begins, its tag, where its content begins, and where it ends."""
    while start < end:
        first, inner = data[start + 1], start + 2
        if first >= 0x80:  # the length takes so many bytes more
            inner += first & 0x7F
            first = int.from_bytes(data[start + 2 : inner])
        if inner + first > end:
            raise IndexError
        yield start, data[start], inner, inner + first
        start = inner + first


def _ask(url: str, request: bytes) -> bytes:
    head = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        asked = urllib.request.Request(url, request, head)
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            read: bytes = answer.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        says = f"时间戳服务“{url}”没有答复（{reason}）"
        raise UsageProblem([Problem("U465", says, remedy="看地址和网络；台账没有改动")]) from None
    if len(read) > LARGEST:
        raise UsageProblem([Problem("U466", f"“{url}”答的不是 RFC 3161 时间戳")])
    return read


def _library() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        says = "时间戳需要 rfc3161-client，这里没有安装"
        raise UsageProblem([Problem("U467", says, remedy="pip install 'ziping[stamp]'")]) from None
    return rfc3161_client
