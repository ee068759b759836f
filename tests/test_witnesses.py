"""What remembers a ledger outside it (printed forms, paper, heads, keys, copies, time stamps): cut back, rewritten or stripped, it is told."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.records import signing
from evaluator.records.keeping import FILE, read_keeping
from evaluator.records.ledger import Entry, Ledger, digest_of_entry
from evaluator.records.verification import Outside, Verified, verify
from evaluator.records.witnesses import code_text, head_of, paper_code, read_code
from evaluator.workspace.places import product
from tests.test_ledger import unguarded
from tests.test_verify import CORRECTED, called, correct, forget, keys, ledger, ran, rechained, signs
from tests.test_verify import made as made  # noqa: PLC0414  a fixture
from tests.test_verify import root as root  # noqa: PLC0414  a fixture


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first two runs, clocks go on: what the commands record is not earlier than what tests do."""
    monkeypatch.setattr("tests.test_verify.clock", lambda: datetime.now(UTC))


def codes(result: Verified, severity: str = "错误") -> set[str]:
    return {code for _, code in told(result, severity)}


def told(made: Verified, severity: str = "错误") -> list[tuple[int, str]]:
    return [(one.seq, one.problem.code) for one in made.found if one.problem.severity == severity]


def known(**what: Any) -> Outside:
    return Outside(**what)


def papers(root: Path, version: str = "v02") -> set[str]:
    """The codes that somebody reads at the foot of a set's pages."""
    texts = [path.read_text("utf-8") for path in (root / "out").glob(f"*_{version}.html")]
    return {code for text in texts for code in re.findall(r"台账码 ([0-9a-f-]+)", text)}


def cut(root: Path, upto: int) -> None:
    """Only the first entries stay; whoever does that takes the receipts away too."""
    forget(root)
    with unguarded(ledger(root)) as db:
        db.execute("DELETE FROM entries WHERE seq > ?", (upto,))
        held = {digest for (text,) in db.execute("SELECT payload FROM entries") for digest in json.loads(text)["blobs"]}
        for (digest,) in db.execute("SELECT digest FROM blobs").fetchall():
            if digest not in held:
                db.execute("DELETE FROM blobs WHERE digest = ?", (digest,))


def anew(path: Path, change: Callable[[Entry], Entry | None]) -> None:
    """A forger leaves entries out or changes them, and computes the chain anew."""
    from dataclasses import replace

    with Ledger(path) as old:
        entries = old.entries()
    kept = [one for one in map(change, entries) if one]
    with unguarded(path) as db:
        db.execute("DELETE FROM entries")
        previous = entries[0].previous
        for seq, one in enumerate(kept, 1):
            digest = digest_of_entry(seq, one.kind, one.time, one.payload, previous)
            one = replace(one, seq=seq, previous=previous, digest=digest)  # noqa: PLW2901
            text = json.dumps(one.payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            db.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", (seq, one.kind, one.time, text, previous, digest)
            )
            previous = digest


# ---- files of runs that no entry knows ---------------------------------------------------------------------------


def test_an_emptied_ledger_beside_printed_forms_is_told(root: Path):
    cut(root, 0)
    result = verify(ledger(root))
    assert not result.holds
    assert codes(result, "警告") == {"L214", "L215"}
    assert called("verify", root)[0] == 1


def test_a_ledger_cut_back_beside_a_later_version_is_told(root: Path):
    cut(root, 1)
    result = verify(ledger(root))
    assert codes(result, "警告") == {"L214"}
    (one,) = [one.problem for one in result.found]
    assert "v02" in one.says
    assert "只记到 v01" in one.says
    code, says = called("verify", root)
    assert (code, "全部成立" in says) == (1, False)


def test_they_are_found_wherever_in_the_workspace_they_lie(root: Path):
    (root / "out").rename(root / "成果")
    cut(root, 0)
    assert "L214" in codes(verify(ledger(root)), "警告")
    shutil.rmtree(root / "成果")
    assert codes(verify(ledger(root)), "警告") == {"L215"}


def test_files_that_are_no_runs_and_those_of_others_outside_are_not_told(root: Path, tmp_path: Path):
    ran(root, "hubei-2020-3", "../共用")  # a folder that several offices write to
    for name in ("别的单位_X1_2023_绩效自评表_v01.xlsx", "别的单位_2023_绩效自评报告_v07.html"):
        (tmp_path / "共用" / name).write_bytes(b"x")
    for name in (
        "说明.txt",
        "绩效自评表_v09.xlsx",
        "某单位_2023_绩效自评表_v9.xlsx",
        "某单位_X1_2023_绩效自评表_未记台账_v01.xlsx",
    ):
        (root / "out" / name).write_bytes(b"x")
    shutil.copytree(root / "out", root / "送审")  # what the ledger knows, copied
    other = root / "下级单位"
    other.mkdir()
    shutil.copy(ledger(root), other / "台账.sqlite")  # another ledger, with its own files
    (other / "别的单位_2023_绩效自评报告_v01.html").write_bytes(b"x")
    assert verify(ledger(root)).found == ()
    own = next((root / "out").glob("*绩效自评报告_v01.html")).name.replace("_v01", "_v09")
    (tmp_path / "共用" / own).write_bytes(b"x")
    assert told(verify(ledger(root)), "警告") == [(4, "L214")]


def test_a_clean_ledger_without_a_single_entry_does_not_hold(tmp_path: Path):
    from evaluator.records.ledger import create

    with Ledger(tmp_path / "台账.sqlite") as new, new.transaction():
        pass
    assert create
    result = verify(tmp_path / "台账.sqlite")
    assert [fault.seq for fault in result.found] == [0]
    assert (result.entries, codes(result, "警告"), result.holds) == (0, {"L215"}, False)


# ---- paper -------------------------------------------------------------------------------------------------------


def test_every_form_carries_a_code_that_the_ledger_knows(root: Path):
    with Ledger(ledger(root)) as kept:
        first, second = kept.entries()
    assert papers(root, "v01") == {paper_code(None, first.payload["digests"]["result"])}
    assert papers(root) == {paper_code(first, second.payload["digests"]["result"])}
    for version, seq in (("v01", 1), ("v02", 2)):
        (code,) = papers(root, version)
        result = verify(ledger(root), outside=known(papers=(code,)))
        assert result.holds
        assert f"第 {seq} 条印的" in result.confirmed[0]
        assert version in result.confirmed[0]


def test_the_code_is_at_the_foot_of_every_format(root: Path):
    from evaluator.acts.acting import Sitting
    from evaluator.acts.issuing import ScoredYear, issue_set
    from evaluator.actuals.resultfiles import load_actuals
    from evaluator.evaluation import evaluate
    from evaluator.rulebook.book import load_rulebook
    from evaluator.workspace.places import open_workspace

    space = open_workspace(root)
    rulebook = load_rulebook(space.rules, space.shared)
    actuals = load_actuals(space.actuals, rulebook)
    from evaluator.actuals.evidence import load_evidence

    evaluation = evaluate(rulebook, actuals, attached=load_evidence(space.evidence), executor="frame")
    at = Sitting(space, out=root / "out")
    made = issue_set(at, ScoredYear(rulebook, actuals, evaluation), (".xlsx", ".docx", ".pdf", ".html"))
    (code,) = papers(root)
    assert made.revision == 2, "nothing about it is new but the formats, and the code is that of the first issue"
    files = [one.path for one in made.written if one.path.suffix != ".json"]
    assert {one.suffix for one in files} == {".xlsx", ".docx", ".pdf", ".html"}
    for path in files:
        if path.suffix == ".xlsx":
            sheets = openpyxl.load_workbook(path).worksheets
            assert all(code in (sheet.oddFooter.left.text or "") for sheet in sheets), path
        elif path.suffix == ".docx":
            feet = [one.footer.paragraphs[0].text for one in docx.Document(str(path)).sections]
            assert all(code in foot for foot in feet), path
        elif path.suffix == ".pdf":
            text = subprocess.run(
                ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
            ).stdout
            pages = [page for page in text.split("\f") if page.strip()]
            assert all(code in page for page in pages), path
    assert verify(ledger(root)).holds, "the files are made again with the code that was kept"


def test_unchanged_inputs_issue_nothing_new_whatever_else_the_ledger_took_in(root: Path):
    before = {path: path.read_bytes() for path in (root / "out").iterdir()}
    with Ledger(ledger(root)) as kept:
        kept.append("evidence", {"by": "张三", "files": [], "unit_code": "别的单位", "year": 2023})
    assert ran(root) is None
    assert {path: path.read_bytes() for path in (root / "out").iterdir()} == before
    elsewhere = ran(root, out="别处")
    assert elsewhere is not None
    assert papers(root) == set(papers_in(root / "别处"))
    assert verify(ledger(root)).holds


def papers_in(folder: Path) -> set[str]:
    return {
        code for path in folder.glob("*.html") for code in re.findall(r"台账码 ([0-9a-f-]+)", path.read_text("utf-8"))
    }


def test_paper_is_a_witness_against_a_ledger_cut_back_or_written_anew(root: Path):
    (old,), (new,) = papers(root, "v01"), papers(root)
    cut(root, 1)
    for path in (root / "out").glob("*_v02*"):
        path.unlink()
    assert verify(ledger(root)).holds, "nothing else remembers"
    result = verify(ledger(root), outside=known(papers=(old, new)))
    assert (told(result), len(result.confirmed)) == ([(0, "L212")], 1)
    assert "只到第 1 条" in result.found[0].problem.says
    code, says = called("verify", root, "--paper", new)
    assert (code, "L212" in says) == (1, True)


def test_paper_is_a_witness_of_all_that_came_before_it(root: Path):
    """The first run is given another time, and all is computed anew, the code too: only the paper does not follow."""
    from dataclasses import replace

    (new,) = papers(root)
    forget(root)
    anew(ledger(root), lambda one: replace(one, time="2024-01-31T00:00:00Z") if one.seq == 1 else one)
    result = verify(ledger(root))
    assert (told(result), [one.problem.code for one in result.found]) == ([(2, "L211")], ["L211"])
    with Ledger(ledger(root)) as kept:
        first, second = kept.entries()
    code = paper_code(first, second.payload["digests"]["result"])

    def recoded(seq: int, payload: dict[str, Any]) -> dict[str, Any]:
        if seq == 2:
            payload["options"]["deliver"]["paper"] = code
        return payload

    rechained(ledger(root), recoded)
    assert "L211" not in codes(verify(ledger(root)))
    assert (0, "L212") in told(verify(ledger(root), outside=known(papers=(new,))))


def test_a_code_is_read_as_people_type_it_and_a_slip_is_told(root: Path):
    (code,) = papers(root)
    for typed in (code.upper(), f" 台账码 {code} ", code.replace("-", "－"), code[:2] + code[2:].replace("-", "")):
        assert verify(ledger(root), outside=known(papers=(typed,))).holds, typed
    slip = code[:-1] + ("0" if code[-1] != "0" else "1")
    result = verify(ledger(root), outside=known(papers=(slip,)))
    assert [one.problem.nearest for one in result.found] == [code]
    for wrong in ("", "台账码", "12", "x-3f9a-1c20-b7e4-55d1", f"{code}0"):
        assert called("verify", root, "--paper", wrong)[0] == 2


@given(st.integers(0, 10**9), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_code_as_printed_is_read_as_itself(seq: int, digest: str):
    assert read_code(code_text(seq, digest)) == code_text(seq, digest)


def test_a_form_that_is_in_no_ledger_carries_no_code(root: Path):
    correct(root, "90.0%", "91.0%")
    single = ("report", CORRECTED, "-w", root, "--out", root / "单张")
    assert called(*single)[0] in (0, 1)
    (form,) = (root / "单张").glob("*绩效自评表_未记台账_v01.html")
    assert "台账码" not in form.read_text("utf-8")
    assert called("run", root, "--out", root / "out")[0] in (0, 1)
    assert called(*single)[0] in (0, 1)
    (form,) = (root / "单张").glob("*绩效自评表_v03.html")
    assert papers(root, "v03") == set(re.findall(r"台账码 ([0-9a-f-]+)", form.read_text("utf-8")))


# ---- heads and times ---------------------------------------------------------------------------------------------


def test_a_head_kept_elsewhere_is_looked_for(root: Path):
    code, says = called("ledger", "head", root)
    assert code == 0
    head = says.strip()
    with Ledger(ledger(root)) as kept:
        entries = kept.entries()
    assert head == head_of(entries[-1])
    assert json.loads(called("ledger", "head", root, "--format", "json")[1])["seq"] == 2
    for one in (head, entries[0].digest, f"1-{entries[0].digest[:16]}", head.upper()):
        assert called("verify", root, "--head", one)[0] == 0, one
    assert called("verify", root, "--head", f"1-{entries[1].digest}")[0] == 1
    for wrong in ("", "2", "2-abc", f"{head}0"):
        assert called("verify", root, "--head", wrong)[0] == 2
    cut(root, 1)
    for path in (root / "out").glob("*_v02*"):
        path.unlink()
    code, says = called("verify", root, "--head", head)
    assert (code, "只到第 1 条" in says) == (1, True)


@pytest.mark.parametrize(("back", "severity"), [(timedelta(days=3), "警告"), (timedelta(seconds=40), "提示")])
def test_a_time_that_goes_back_is_recorded_as_it_is_and_told(root: Path, back: timedelta, severity: str):
    early = datetime(2024, 2, 1, tzinfo=UTC) - back
    with Ledger(ledger(root), lambda: early) as kept:
        entry = kept.append("evidence", {"by": "张三"})
        assert entry.time == early.strftime("%Y-%m-%dT%H:%M:%SZ")
        later = kept.append("evidence", {"by": "张三"})
    assert later.seq == 4
    result = verify(ledger(root))
    assert told(result, severity) == [(3, "L216")], "once, where the clock went back"
    assert result.holds == (severity == "提示")
    assert called("submit", root, "--by", "张三")[0] in (0, 1), "nobody is locked out"


# ---- keys that are pinned ----------------------------------------------------------------------------------------


@pytest.fixture
def reviewed(root: Path, tmp_path: Path) -> tuple[Path, dict[str, Path]]:
    """A submission signed by the unit and accepted and signed by the reviewer, both of whose keys are pinned."""
    made = {name: keys(tmp_path, name)[0] for name in ("张三", "李四", "外人")}
    for name, role in (("张三", "单位"), ("李四", "审核")):
        pub = made[name].with_name(f"{name}.pub")
        assert called("ledger", "pin", root, "--public-key", pub, "--role", role, "--of", name, "--by", "王五")[0] == 0
    acts: tuple[tuple[str, str, str, str], ...] = (
        ("submit", "张三", "单位", "张三"),
        ("accept", "李四", "审核", "李四"),
    )
    with Ledger(ledger(root)) as kept:
        for kind, by, role, name in acts:
            kept.append(kind, {"unit_code": "629001", "year": 2023, "by": by, "run": 2, "revision": 2, "files": []})
            signs(kept, made[name], "", role, by)
    shutil.copy(root / FILE, tmp_path / "pins.yaml")
    return root, made


def outside(root: Path, tmp_path: Path) -> Outside:
    return Outside(pins=read_keeping(tmp_path / "pins.yaml", True))


def test_pinned_keys_that_signed_are_found(reviewed: tuple[Path, dict[str, Path]], tmp_path: Path):
    root, _ = reviewed
    result = verify(ledger(root), outside=outside(root, tmp_path))
    assert (result.found, [one.known for one in result.signed]) == ((), [True, True])
    assert called("verify", root, "--pins", tmp_path / "pins.yaml")[0] == 0
    assert called("verify", root, "--pins", tmp_path / "nothing.yaml")[0] == 3


def test_a_submission_taken_out_and_signatures_stripped_are_told(
    reviewed: tuple[Path, dict[str, Path]], tmp_path: Path
):
    """All receipts are gone and the whole chain is computed anew: without pins nothing would be seen."""
    root, _ = reviewed
    forget(root)
    anew(ledger(root), lambda one: None if one.kind in ("submit", "accept", "signature") else one)
    assert [code for _, code in told(verify(ledger(root)))] == ["L208", "L208"], (
        "the file beside the ledger still says so"
    )
    anew(ledger(root), lambda one: None if one.kind == "keeping" else one)
    (root / FILE).unlink()
    assert verify(ledger(root)).holds, "an insider can take the pins away too"
    result = verify(ledger(root), outside=outside(root, tmp_path))
    assert codes(result) == {"L208", "L217"}


def test_one_signature_stripped_of_several_is_told(reviewed: tuple[Path, dict[str, Path]], tmp_path: Path):
    root, made = reviewed
    with Ledger(ledger(root)) as kept:
        kept.append("submit", {"unit_code": "629001", "year": 2023, "by": "张三", "run": 2, "revision": 2, "files": []})
        last = signs(kept, made["张三"], "", "单位", "张三")
    assert verify(ledger(root)).holds
    anew(ledger(root), lambda one: None if one.seq == last.seq else one)
    assert told(verify(ledger(root)), "警告") == [(last.seq - 1, "L218")]


def test_signatures_made_again_with_another_key_are_told(reviewed: tuple[Path, dict[str, Path]], tmp_path: Path):
    root, made = reviewed
    anew(ledger(root), lambda one: None if one.kind == "signature" else one)
    with Ledger(ledger(root)) as kept:
        for role, by in (("单位", "张三"), ("审核", "李四")):
            signs(kept, made["外人"], "", role, by)
    for result in (verify(ledger(root)), verify(ledger(root), outside=outside(root, tmp_path))):
        says = " ".join(one.problem.says for one in result.found)
        assert "不是应当用的" in says
        assert "L208" in codes(result)
        assert "L218" in codes(result, "警告")


def test_a_pin_that_was_changed_is_told(reviewed: tuple[Path, dict[str, Path]], tmp_path: Path):
    root, made = reviewed
    other = signing.public_key(made["外人"].with_name("外人.pub"))
    text = (root / FILE).read_text("utf-8")
    mine = signing.public_key(made["李四"].with_name("李四.pub"))
    (root / FILE).write_text(text.replace(mine, other), "utf-8")
    result = verify(ledger(root))
    assert "L217" in codes(result), "the ledger has what was pinned"

    def forged(one: Entry) -> Entry:
        from dataclasses import replace

        return replace(one, payload=json.loads(json.dumps(one.payload).replace(mine, other)))

    forget(root)
    anew(ledger(root), lambda one: None if one.kind == "signature" else forged(one))
    with Ledger(ledger(root)) as kept:
        signs(kept, made["外人"], "", "审核", "李四")
    assert "L217" not in codes(verify(ledger(root)))
    assert codes(verify(ledger(root), outside=outside(root, tmp_path))) == {"L217", "L208"}


def test_a_key_that_is_renewed_holds_from_its_entry_on(reviewed: tuple[Path, dict[str, Path]], tmp_path: Path):
    root, made = reviewed
    pub = made["外人"].with_name("外人.pub")
    words = ("ledger", "pin", root, "--public-key", pub, "--role", "单位", "--of", "张 三", "--by", "王五")
    assert called(*words)[0] == 0
    assert called(*words)[0] == 2, "it is there already"
    with Ledger(ledger(root)) as kept:
        kept.append("submit", {"unit_code": "629001", "year": 2023, "by": "张三", "run": 2, "revision": 2, "files": []})
        signs(kept, made["外人"], "", "单位", "张三")
    result = verify(ledger(root))
    assert (told(result), told(result, "警告"), result.holds) == ([], [], True)
    assert "换了公钥" in result.found[0].problem.says
    with Ledger(ledger(root)) as kept:
        signs(kept, made["张三"], "", "单位", "张三")
    assert "L208" in codes(verify(ledger(root))), "the old key no longer counts"
    assert "L217" in codes(verify(ledger(root), outside=outside(root, tmp_path)), "警告")


def test_a_file_of_pins_that_is_none_is_told_with_its_line(root: Path):
    (root / FILE).write_text("pins:\n  - by: 张三\n    role: 局长\n    public_key: abc\n", "utf-8")
    result = verify(ledger(root))
    assert [one.problem.where.line for one in result.found if one.problem.where] == [3, 4]
    assert called("verify", root, "--pins", root / FILE)[0] == 3
    assert ran(root) is None, "nobody is locked out"


# ---- the second copy ---------------------------------------------------------------------------------------------


@pytest.fixture
def copied(root: Path, tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "审计").mkdir()
    place = tmp_path / "审计" / "副本.sqlite"
    assert called("ledger", "copy", place, "--by", "张三", "-w", root)[0] == 0
    return root, place


def test_every_entry_goes_into_the_second_copy(copied: tuple[Path, Path]):
    root, place = copied
    correct(root, "90.0%", "91.0%")
    assert ran(root)
    with Ledger(ledger(root)) as one, Ledger(place) as two:
        assert one.rows() == two.rows()
        assert one.blobs() == two.blobs()
    assert verify(ledger(root)).holds
    assert verify(ledger(root), outside=known(copies=(place,))).holds


def test_a_copy_that_cannot_be_reached_stops_nobody_and_catches_up(copied: tuple[Path, Path]):
    root, place = copied
    place.parent.rename(place.parent.with_name("拔走"))
    correct(root, "90.0%", "91.0%")
    code, says = called("run", root, "--out", root / "out")
    assert (code in (0, 1), "副本" in says) == (True, True)
    assert told(verify(ledger(root)), "警告") == [(0, "L221")]
    place.parent.with_name("拔走").rename(place.parent)
    assert codes(verify(ledger(root)), "警告") == {"L221"}
    assert called("run", root, "--out", root / "out")[0] in (0, 1)
    assert verify(ledger(root)).holds


def test_a_ledger_cut_back_or_rewritten_differs_from_its_copy(copied: tuple[Path, Path]):
    root, place = copied
    shutil.copy(ledger(root), root / "好的.sqlite")
    anew(ledger(root), lambda one: None if one.seq == 3 else one)
    result = verify(ledger(root))
    assert told(result) == [(3, "L222")], "the entry that says there is a copy is gone; the file still says so"
    (root / FILE).unlink()
    assert "L222" not in codes(verify(ledger(root)))
    assert "L222" in codes(verify(ledger(root), outside=known(copies=(place,)))), "it can be named from outside"
    shutil.copy(root / "好的.sqlite", ledger(root))
    rechained(ledger(root), lambda seq, payload: payload | {"illustrative": False} if seq == 2 else payload)
    assert (2, "L222") in told(verify(ledger(root), outside=known(copies=(place,))))


def test_a_copy_of_another_ledger_is_not_written_to(copied: tuple[Path, Path]):
    root, place = copied
    place.unlink()
    with Ledger(place) as other:
        other.append("evidence", {"by": "别人"})
    before = place.read_bytes()
    correct(root, "90.0%", "91.0%")
    assert ran(root)
    assert place.read_bytes() == before
    assert codes(verify(ledger(root))) == {"L222"}
    assert called("ledger", "copy", ledger(root), "--by", "张三", "-w", root)[0] == 2
    assert called("ledger", "copy", root / "没有" / "a.sqlite", "--by", "张三", "-w", root)[0] == 2


# ---- time stamps -------------------------------------------------------------------------------------------------

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {0}/serial
crypto_device = builtin
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
certs = {0}/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """A time stamping service of OpenSSL on loopback, its root certificate, and how it is to behave."""
    place = tmp_path_factory.mktemp("tsa")
    (place / "serial").write_text("01")
    (place / "tsa.conf").write_text(CONFIG.format(place))
    (place / "ext").write_text("extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n")
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-sha256")
    for name in ("ca", "other"):
        openssl(
            *new,
            "-x509",
            "-days",
            "3650",
            "-subj",
            f"/CN={name}",
            "-keyout",
            place / f"{name}.key",
            "-out",
            place / f"{name}.pem",
        )
    openssl(*new, "-subj", "/CN=tsa", "-keyout", place / "tsa.key", "-out", place / "tsa.csr")
    openssl("x509", "-req", "-in", place / "tsa.csr", "-CA", place / "ca.pem", "-CAkey", place / "ca.key", "-CAcreateserial",
            "-days", "3650", "-extfile", place / "ext", "-out", place / "tsa.pem")  # fmt: skip
    how: dict[str, Any] = {}

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (place / "asked").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl(
                "ts", "-reply", "-config", place / "tsa.conf", "-queryfile", place / "asked", "-out", place / "answer"
            )
            data = (place / "answer").read_bytes()
            how.setdefault("answers", []).append(data)
            self.send_response(how.get("status", 200))
            self.end_headers()
            self.wfile.write(how.get("data", data))

        def log_message(self, *words: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", place, how
    server.shutdown()


@pytest.fixture
def stamped(root: Path, service: tuple[str, Path, dict[str, Any]]) -> Iterator[tuple[Path, Path]]:
    url, place, how = service
    now = datetime.now(UTC)
    with Ledger(ledger(root), lambda: now) as kept:
        kept.append("evidence", {"by": "张三"})
    code, says = called("ledger", "stamp", root, "--tsa", url, "--out", root / "out")
    assert (code, "第 3 条已盖时间戳" in says) == (0, True), says
    yield root, place
    how.clear()


def test_a_stamp_is_checked_offline_against_the_services_certificate(stamped: tuple[Path, Path]):
    root, place = stamped
    code, says = called("verify", root, "--tsa-ca", place / "ca.pem")
    assert (code, "签发者已核对" in says) == (0, True), says
    code, says = called("verify", root)
    assert (code, "没有给出证书核对是谁盖的" in says) == (0, True), "told, as a signature is without its key"
    code, says = called("verify", root, "--tsa-ca", place / "other.pem")
    assert (code, "L219" in says) == (1, True)
    assert called("verify", root, "--tsa-ca", root / FILE)[0] == 2
    with Ledger(ledger(root)) as kept:
        digest = kept.entries()[2].digest
    (answer,) = (root / "out").glob("*.tsr")
    openssl("ts", "-verify", "-digest", digest, "-in", answer, "-CAfile", place / "ca.pem")


def test_history_written_anew_no_longer_has_its_stamp(stamped: tuple[Path, Path]):
    root, _place = stamped
    forget(root)
    rechained(ledger(root), lambda seq, payload: payload | {"by": "别人"} if seq == 3 else payload)
    assert (4, "L219") in told(verify(ledger(root)))

    with Ledger(ledger(root)) as kept:
        third = kept.entries()[2]
    rechained(ledger(root), lambda seq, payload: payload | {"digest": third.digest} if seq == 4 else payload)
    assert (4, "L219") in told(verify(ledger(root))), "what the service stamped is another digest"


def test_times_are_held_against_the_stamp(root: Path, service: tuple[str, Path, dict[str, Any]]):
    ahead = datetime.now(UTC) + timedelta(days=30)
    with Ledger(ledger(root), lambda: ahead) as kept:
        kept.append("evidence", {"by": "张三"})
    assert called("ledger", "stamp", root, "--tsa", service[0], "--out", root / "out")[0] == 0
    result = verify(ledger(root))
    assert (3, "L216") in told(result, "警告")


def test_a_service_that_answers_otherwise_is_told_and_nothing_is_recorded(
    root: Path, service: tuple[str, Path, dict[str, Any]]
):
    url, _, how = service
    assert called("ledger", "stamp", root, "--tsa", "ftp://x/")[0] == 2
    assert called("ledger", "stamp", root, "--tsa", "http://127.0.0.1:1/")[0] == 2
    assert called("ledger", "stamp", root, "--tsa", url, "--out", root / "别处")[0] == 0
    shutil.rmtree(root / "别处")
    answered = how["answers"][-1]
    before = ledger(root).read_bytes()
    for what in ({"data": b"<html>"}, {"data": b""}, {"data": answered}, {"status": 500}, {"data": b"x" * 300_000}):
        how.clear()
        how.update(what)
        code, says = called("ledger", "stamp", root, "--tsa", url, "--out", root / "别处")
        assert code == 2, (what, says)
        assert "U46" in says
    how.clear()
    assert ledger(root).read_bytes() == before
    assert not (root / "别处").exists()


def test_without_the_library_a_stamp_is_unchecked_not_wrong(
    stamped: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
):
    import sys

    root, _ = stamped
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    result = verify(ledger(root))
    assert (told(result), told(result, "警告")) == ([], [(4, "L220")])
    code, says = called("ledger", "stamp", root, "--tsa", "http://127.0.0.1:1/")
    assert (code, "ziping[stamp]" in says) == (2, True)


def test_only_the_stamp_uses_the_network():
    """The workbench listens on this machine alone, and asks itself whether it runs (tests/web)."""
    used = {
        path.name
        for path in (product() / "evaluator").rglob("*.py")
        if re.search(r"\burllib\.request|\bimport (socket|requests|http)", path.read_text("utf-8"))
    }
    assert used <= {"stamping.py", "lock.py", "server.py"}, "lock.py asks for the machine's name alone"
