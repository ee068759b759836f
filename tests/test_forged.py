"""Lines and rows of a ledger made by hand, their digests computed anew: refused where they stand, never a crash."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.errors import EvaluatorError
from evaluator.files.snapshot import sha256
from evaluator.records.archive import export_lines, import_lines
from evaluator.records.beside import stands
from evaluator.records.chronicle import chronicle
from evaluator.records.ledger import Ledger, LedgerProblem
from evaluator.records.reissuing import history_of
from evaluator.records.remarks import current
from evaluator.records.verification import verify
from tests.test_issuing import CODE, ROW, Office
from tests.test_ledger import unguarded
from tests.test_verify import rechained as rechained_in

WEIRD: list[Any] = [
    [],
    [1],
    {},
    None,
    True,
    False,
    5,
    -1,
    0.5,
    1e300,
    "",
    "明天",
    "\ud800",
    "2024-13-01T00:00:00Z",
    "2024-1-1T00:00:00Z",
]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year (示例数据) with an entry of nearly every kind."""
    root = tmp_path_factory.mktemp("year")
    office = Office(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        (root / "问卷.txt").write_text("94 分", encoding="utf-8")
        for words in (
            ["evidence", CODE, ROW, "问卷.txt", "--by", "张三"],
            ["run", "--to", "html", "--form-only"],
            ["correct", CODE, ROW, "--actual", "96%", "--reason", "录入错误", "--by", "张三"],
            ["run", "--to", "html", "--form-only"],
            ["submit", "--by", "张三"],
            ["return", "--by", "李四", "--remark", "请核对"],
            ["reply", "1", "--answer", "已核对", "--by", "张三"],
            ["rectify", "plan"],
            ["rectify", "close", "ZG001", "--evidence", "通知", "--by", "张三", "--on", "2024-05-01"],
            ["run", "--to", "html", "--form-only"],
            ["submit", "--by", "张三"],
            ["accept", "--by", "李四"],
        ):
            code, told = office(*words)
            assert code in (0, 1), (words, told)
    assert len({entry.kind for entry in office.entries()}) >= 9
    return root


def lines_of(root: Path, folder: Path) -> list[Any]:
    with Ledger(root / "台账.sqlite") as ledger:
        (folder / "a.jsonl").unlink(missing_ok=True)
        export_lines(ledger, folder / "a.jsonl")
    return [json.loads(line) for line in (folder / "a.jsonl").read_text(encoding="utf-8").splitlines()]


def rechained(lines: list[Any]) -> list[Any]:
    """The forger's: every digest computed anew from what the line says now."""
    previous = "0" * 64
    for line in lines:
        if "seq" in line:
            line["previous"] = previous
            said = [line["seq"], line["kind"], line["time"], line["payload"], previous]
            text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            previous = line["digest"] = sha256(text.encode(errors="surrogatepass"))
    return lines


def imported(lines: list[Any], folder: Path, header: str = "") -> None:
    (folder / "new.sqlite").unlink(missing_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines)
    (folder / "b.jsonl").write_text(header + text, encoding="utf-8")
    import_lines(folder / "b.jsonl", folder / "new.sqlite")


@pytest.mark.parametrize("weird", WEIRD, ids=repr)
@pytest.mark.parametrize("field", ["seq", "kind", "time", "payload"])
def test_a_field_of_a_line_that_is_none_is_refused_with_its_line(year: Path, tmp_path: Path, field: str, weird: Any):
    if (field, weird) == ("payload", {}):
        pytest.skip("an entry that says nothing is one")
    lines = lines_of(year, tmp_path)
    at = [number for number, line in enumerate(lines) if "seq" in line][0 if weird is True else 1]
    lines[at][field] = weird
    with pytest.raises(LedgerProblem) as raised:
        imported(rechained(lines), tmp_path)
    problem = raised.value.problems[0]
    assert problem.code in ("L112", "L113", "L114")
    assert problem.where is not None and problem.where.line == at + 1, problem
    assert not (tmp_path / "new.sqlite").exists()


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def replaced(tree: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        tree = tree[key]
    tree[path[-1]] = value


def told_of(ledger: Ledger) -> None:
    """What commands tell of a year."""
    history = history_of(ledger, "629001", 2023)
    chronicle(history.entries)
    stands(history.standing, history.revisions)
    current(history.entries)


@settings(max_examples=60)
@given(st.data())
def test_any_value_made_weird_is_refused_or_read_and_never_a_crash(
    year: Path, tmp_path_factory: Any, data: st.DataObject
):
    folder = tmp_path_factory.mktemp("forged")
    lines = lines_of(year, folder)
    number = data.draw(st.sampled_from([at for at, line in enumerate(lines) if "seq" in line]))
    whole = list(places(lines[number]["payload"]))
    path = data.draw(st.sampled_from([one for one in whole if not {"deliver", "engine"} & set(one)]))
    weird = data.draw(st.sampled_from(WEIRD))
    replaced(lines[number]["payload"], path, weird)
    try:
        imported(rechained(lines), folder)
    except LedgerProblem as error:
        assert error.problems[0].where is not None
        assert error.problems[0].where.line == number + 1
        return
    assert not isinstance(weird, float) and weird != "\ud800"
    try:
        verify(folder / "new.sqlite")
        with Ledger(folder / "new.sqlite") as ledger:
            told_of(ledger)
    except EvaluatorError as error:
        assert error.problems[0].code.startswith("L")


@pytest.mark.parametrize("weird", ["[]", "null", "5", '"明天"', "0.5", '{"a":0.5}', '{"a":NaN}', '{"a":"\\ud800"}', '{"blobs":5}', '{"blobs":[["a"]]}'])  # fmt: skip
@pytest.mark.parametrize("column", ["payload", "time"])
def test_a_row_that_is_no_entry_is_told_by_verify_and_by_all_who_read(
    year: Path, tmp_path: Path, column: str, weird: str
):
    """Put in behind the triggers, with a digest that fits."""
    place = tmp_path / "台账.sqlite"
    place.write_bytes((year / "台账.sqlite").read_bytes())
    with unguarded(place) as db:
        (seq,) = db.execute("SELECT max(seq) FROM entries").fetchone()
        row = list(db.execute("SELECT kind, time, payload, previous FROM entries WHERE seq = ?", (seq,)).fetchone())
        row[{"time": 1, "payload": 2}[column]] = weird
        try:
            content = json.loads(row[2])
        except ValueError:
            content = None
        text = json.dumps(
            [seq, row[0], row[1], content, row[3]], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        digest = sha256(text.encode(errors="surrogatepass"))
        db.execute(f"UPDATE entries SET {column} = ?, digest = ? WHERE seq = ?", (weird, digest, seq))
    made = verify(place)
    assert not made.holds and any(one.problem.code in ("L202", "L102") for one in made.found)
    with Ledger(place) as ledger, pytest.raises(LedgerProblem) as raised:
        told_of(ledger)
    assert raised.value.exit_code == 3


FORGED: list[tuple[str, dict[str, Any]]] = [
    ("correction", {"changes": 5}), ("return", {"remarks": None}), ("submit", {"run": True}), ("reply", {"remark": "1"}),
    ("closing", {"evidence": {}}), ("evidence", {"files": [5]}), ("accept", {"by": None}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change"), FORGED)
def test_an_entry_that_does_not_say_what_it_must_is_told_and_read_by_nobody(
    year: Path, tmp_path: Path, kind: str, change: dict[str, Any]
):
    """The whole chain computed anew, so that nothing but the content is wrong."""
    place = tmp_path / "台账.sqlite"
    place.write_bytes((year / "台账.sqlite").read_bytes())
    with Ledger(place) as ledger:
        mine = {entry.seq for entry in ledger.entries(kind)}
    rechained_in(place, lambda seq, payload: payload | change if seq in mine else payload)
    assert mine and mine <= {one.seq for one in verify(place).found if one.problem.code == "L204"}
    with Ledger(place) as ledger, pytest.raises(LedgerProblem):
        told_of(ledger)


@pytest.mark.parametrize(
    "header", ['{"ledger":"ziping","version":true}', '{"ledger":"ziping","version":1.0}', "[]", "null", "{}"]
)
def test_a_head_that_only_looks_like_one_is_refused(year: Path, tmp_path: Path, header: str):
    with pytest.raises(LedgerProblem) as raised:
        imported(lines_of(year, tmp_path)[1:], tmp_path, header + "\n")
    assert (raised.value.problems[0].code, raised.value.problems[0].where.line) == ("L112", 1)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "line", [{"blob": [], "data": ""}, {"blob": None, "data": 5}, {"blob": "x", "data": None}, {"blob": True}]
)
def test_a_content_that_is_none_is_refused(year: Path, tmp_path: Path, line: Any):
    lines = lines_of(year, tmp_path)
    with pytest.raises(LedgerProblem) as raised:
        imported([lines[0], line, *lines[1:]], tmp_path)
    assert raised.value.problems[0].where.line == 2  # type: ignore[union-attr]
