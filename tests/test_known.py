"""How a rule is known: told in every product in the same words, asked of whoever writes it, and read from older files too."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.checking.catalogue import read_catalogue
from evaluator.checking.check import Checked, check_workspace
from evaluator.cli import app
from evaluator.commands.console import page_text, proofs_text
from evaluator.comparing.impact import as_json as impact_json
from evaluator.comparing.impact import impact
from evaluator.comparing.versions import Side
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.errors import EvaluatorError
from evaluator.evaluation import evaluate
from evaluator.explain import explain_row, explain_table
from evaluator.factsheets.factsheet import facts_of
from evaluator.factsheets.unittables import UnitTables
from evaluator.files.journal import commit
from evaluator.findings.conditions import make_ready
from evaluator.findings.inference import conclude
from evaluator.following.advice import advice_json, advise
from evaluator.formats import html
from evaluator.handbook.rulechapters import based_on, findings_chapter, policies_chapter
from evaluator.model import Basis, FindingRule, Known
from evaluator.monitoring.rules import read_monitoring_policies
from evaluator.monitoring.watchdata import as_json as monitoring_json
from evaluator.monitoring.watchforms import monitoring_document
from evaluator.policies.bases import ASKED, check_bases, cited, how
from evaluator.policies.proofs import proofs_json, prove_all
from evaluator.records.ledger import Ledger
from evaluator.records.verification import verify
from evaluator.reporting.export import as_json
from evaluator.reporting.forms import attachment_document
from evaluator.reporting.layouts import layouts_of
from evaluator.reporting.overview import summary_document
from evaluator.reporting.report import form
from evaluator.reporting.selfreport import read_outline, report_document
from evaluator.results import Evaluation
from evaluator.rulebook.book import FindingFile, Rulebook, load_rulebook
from evaluator.workspace.places import open_workspace
from tests.test_monitoring import DATES, watched_sample

ROOT = Path(__file__).parents[1]
ISSUED = ROOT / "tests" / "fixtures" / "issued"  # made by an older version of the program: see its README
CODE = "13028124P00507410001X"
WAYS: tuple[Known, ...] = get_args(Known)
SEEN = "示例通知第三条"


def basis_of(known: Known, **more: Any) -> Basis:
    return Basis(document="示例〔2024〕1号", known=known, seen=SEEN if known in ASKED else "", **more)


def bases_in(made: Any) -> Iterator[Basis]:
    """Every basis in something."""
    if isinstance(made, Basis):
        yield made
    if isinstance(made, BaseModel):
        for name in type(made).model_fields:
            yield from bases_in(getattr(made, name))
    elif isinstance(made, dict):
        for part in made.values():
            yield from bases_in(part)
    elif isinstance(made, list | tuple):
        for part in made:
            yield from bases_in(part)


# ---- what the product's own rules claim --------------------------------------------------------------------------


@cache
def product() -> tuple[Rulebook, list[Basis]]:
    book = load_rulebook(ROOT / "rules")
    monitoring, problems = read_monitoring_policies([ROOT / "rules"])
    assert not problems
    return book, list(bases_in([*book.policies.values(), *book.findings, monitoring, *layouts_of().values()]))


def test_no_rule_of_the_product_claims_to_have_been_read():
    """Nobody has read the text of any national or provincial rule."""
    bases = product()[1]
    assert len(bases) > 150
    assert [one.document for one in bases if one.checked] == []


def test_every_rule_of_the_product_says_where_it_was_seen():
    bases = product()[1]
    assert [problem for one in bases for problem in check_bases(one)] == []
    assert {one.known for one in bases if one.seen} <= {*ASKED, "做法"}
    assert all(one.seen for one in bases if one.known in ASKED)


def test_no_document_with_a_number_is_told_as_read_or_as_a_practice():
    for one in product()[1]:
        if "〔" in one.document:
            assert cited(one).startswith("据称出自") and "原文未见" in cited(one), one


# ---- one sentence for each way of knowing ------------------------------------------------------------------------

SAID = {
    "原文": "示例〔2024〕1号第七条，已核对原文：示例通知第三条",
    "转引": "据称出自示例〔2024〕1号第七条，原文未见；转引自示例通知第三条",
    "表样": "据称出自示例〔2024〕1号第七条，原文未见；表样：见于示例通知第三条",
    "系统": "据称出自示例〔2024〕1号第七条，原文未见；系统：见于示例通知第三条",
    "做法": "示例〔2024〕1号第七条；做法，不是制度规定",
    "未见": "据称出自示例〔2024〕1号第七条，原文未见；没有见到出处",
}


@pytest.mark.parametrize("known", WAYS)
def test_a_basis_is_told_as_what_it_is_known_by(known: Known):
    assert cited(basis_of(known, article="第七条")) == SAID[known]


@pytest.mark.parametrize("known", sorted(ASKED))
def test_what_does_not_say_where_it_was_seen_is_not_told_as_seen(known: Known):
    told = cited(Basis(document="某办法", known=known))
    assert f"没有写明{ASKED[known]}" in told
    assert how(basis_of(known)) not in told


def test_a_practice_without_a_number_is_attributed_to_no_document():
    assert cited(Basis(document="在用系统的做法，未见文号", known="系统", seen="某系统")) == (
        "在用系统的做法，未见文号；系统：见于某系统"
    )


@given(st.sampled_from(WAYS), st.text(max_size=20), st.text(max_size=20), st.none() | st.text(max_size=10))
def test_only_what_was_read_is_told_as_checked(known: Known, document: str, seen: str, article: str | None):
    told = cited(Basis(document=document, known=known, seen=seen, article=article))
    own = document + seen + (article or "")
    assert ("已核对原文" in told) == (known == "原文") or "已核对原文" in own
    assert not (known == "原文" and "据称" in told) or "据称" in own


# ---- every product says it ---------------------------------------------------------------------------------------


def known_as(made: Any, known: Known) -> Any:
    """A rule with every basis in it known in one way."""
    changed: dict[str, Any] = {}
    for name in type(made).model_fields:
        value = getattr(made, name)
        if isinstance(value, BaseModel):
            changed[name] = known_as(value, known)
        elif isinstance(value, list):
            changed[name] = [known_as(one, known) if isinstance(one, BaseModel) else one for one in value]
    if isinstance(made, Basis):
        changed |= {"document": "示例〔2024〕1号", "article": "第七条", "known": known}
        changed["seen"] = SEEN if known in ASKED else ""
    return made.model_copy(update=changed)


@cache
def book_known(known: Known) -> Rulebook:
    book = product()[0]
    policies = {name: known_as(policy, known) for name, policy in book.policies.items()}
    return replace(book, policies=policies, findings=tuple(known_as(rule, known) for rule in book.findings))


@cache
def scored(known: Known) -> Evaluation:
    book = book_known(known)
    return evaluate(book, load_actuals(ROOT / "actuals", book), executor="frame")


def page(document: Any) -> str:
    return re.sub(r"<[^>]*>", "", html.render(document).decode())


def of_table(known: Known) -> str:
    table = next(one for one in scored(known).projects if one.code == CODE)
    return " ".join(text for _, text in [*explain_table(table), *explain_row(table.rows[0], table)])


def attachment(known: Known) -> str:
    made = scored(known)
    return page(attachment_document(form(made.projects[0], made), known_as(layouts_of()["national"], known)))


def noted(known: Known) -> str:
    """The notes on scoring that a form carries itself."""
    book = book_known(known)
    made = evaluate(book, load_actuals(ROOT / "actuals", book), policy="hubei-2020-3", executor="frame")
    return page(attachment_document(form(made.projects[0], made), known_as(layouts_of()["hubei"], known)))


def moved(known: Known) -> str:
    book, made = book_known(known), scored(known)
    other = evaluate(book, load_actuals(ROOT / "actuals", book), policy="hubei-2020-3", executor="frame")
    return json.dumps(impact_json(impact(Side("前", made), Side("后", other))), ensure_ascii=False)


def watched(known: Known) -> Any:
    made = watched_sample(product()[0], DATES[1])
    return replace(made, policy=known_as(made.policy, known))


def catalogue(known: Known) -> str:
    rules = book_known(known).findings
    return page_text(read_catalogue(ROOT / "rules", rules)["F301"])


def chapters(known: Known) -> str:
    book = book_known(known)
    coverage = handbook_sources()
    parts = policies_chapter(book.policies, book.findings, (), coverage)
    rules = findings_chapter(book.policies, book.findings, {}, coverage)
    return str(parts) + str(rules)


def handbook_sources() -> Any:
    from tests.test_handbook import sources

    return sources()[2]


PRODUCTS: dict[str, Callable[[Known], str]] = {
    "explain": of_table,
    "attachment": attachment,
    "notes of a form": noted,
    "summary": lambda known: page(summary_document(scored(known))),
    "self report": lambda known: page(
        report_document(scored(known), read_outline(ROOT / "reports" / "outlines" / "unit.yaml"))
    ),
    "monitoring": lambda known: page(monitoring_document(watched(known))),
    "impact": moved,
    "advice": lambda known: json.dumps(advice_json(advise(scored(known))), ensure_ascii=False),
    "rule book": chapters,
    "rules of the book": lambda known: based_on(book_known(known).findings[0].basis),
    "check --explain": catalogue,
    "proofs": lambda known: json.dumps(proofs_json(prove_all(book_known(known).policies)), ensure_ascii=False),
}


@pytest.mark.parametrize("known", WAYS)
@pytest.mark.parametrize("product_", PRODUCTS)
def test_every_product_tells_how_a_rule_is_known(product_: str, known: Known):
    told = re.sub(r"\s+", "", PRODUCTS[product_](known))
    assert SAID[known] in told
    for other in set(WAYS) - {known}:
        assert SAID[other] not in told


@pytest.mark.parametrize("known", WAYS)
def test_data_for_other_programs_say_it_too(known: Known):
    wanted = {
        "document": "示例〔2024〕1号",
        "article": "第七条",
        "known": known,
        "seen": SEEN if known in ASKED else "",
    }
    for made in (as_json(scored(known))["projects"][0], monitoring_json(watched(known))):
        assert made["clauses"]
        assert all(wanted.items() <= one.items() for one in made["clauses"])
    assert f"（{known}）" in proofs_text(prove_all(book_known(known).policies, "chongqing"))


def test_a_report_says_how_many_clauses_nobody_has_read():
    made = scored("转引")
    count = len(made.projects[0].clauses)
    assert f"没有见过原文的 {count} 条" in attachment("转引")
    assert "下列条款都已核对原文" in attachment("原文")


# ---- told once (F405) --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", WAYS)
def test_clauses_nobody_has_read_make_one_finding_of_a_table(known: Known):
    for table in scored(known).tables:
        found = [one for one in table.aside if one.rule.id == "F405"]
        if known == "原文":
            assert found == []
            continue
        (one,) = found
        assert one.subject == table.code
        assert one.says == f"计分依据的条款中{len(table.clauses)}条没有见过原文：{known} {len(table.clauses)} 条"


# ---- older files -------------------------------------------------------------------------------------------------


def read(text: str, model: type[BaseModel] = Basis) -> tuple[Any, list[str]]:
    document, problems = parse_document(text, "rules/policies/own.yaml")
    assert not problems
    made, found = as_model(model, document)
    return made, [str(one) for one in [*found, *check_bases(made)]]


@pytest.mark.parametrize(("flag", "known"), [("true", "原文"), ("True", "原文"), ("false", "未见"), ("False", "未见")])
def test_verified_is_read_as_what_it_meant_and_the_new_word_is_asked_for(flag: str, known: Known):
    made, told = read(f"document: 某办法\nverified: {flag}\n")
    assert made.known == known
    assert [one for one in told if "R144" in one and "own.yaml:2:1" in one and f"known: {known}" in one]
    assert bool([one for one in told if "警告 R145" in one and "补写 seen" in one]) == (known == "原文")
    assert not [one for one in told if "错误" in one]


def test_both_words_at_once_are_an_error_that_says_which_to_keep():
    made, told = read("document: 某办法\nknown: 原文\nverified: true\nseen: 存档\n")
    assert made is None
    assert len(told) == 1 and "R103" in told[0] and "留下 known，删去 verified" in told[0]


def test_a_value_that_is_none_is_told_where_it_stands():
    assert read("document: 某办法\nverified: 也许\n")[1] == [
        "rules/policies/own.yaml:2:11: 错误 R103 怎样得知“也许”不在可选范围；允许：原文、转引、表样、系统、做法、未见"
    ]
    assert "R102 缺少怎样得知（known）" in read("document: 某办法\n")[1][0]


@given(st.sampled_from(WAYS), st.booleans())
def test_where_it_was_seen_is_asked_for_exactly_where_it_was_seen(known: Known, said: bool):
    told = [problem.code for problem in check_bases(Basis(document="某办法", known=known, seen="存档" if said else ""))]
    assert told == (["R145"] if said == (known == "未见") and known != "做法" and (known in ASKED) != said else [])


RULE = """\
findings:
  - id: F901
    title: 条款没有核对
    about: result
    severity: 提示
    when:
      clause: {verified: false}
    say: “{clause.title}”出自{clause.document}，核对过：{clause.verified}
    remedy: 查到原文
    basis: {document: 本单位的做法, verified: false}
"""


def test_an_older_finding_rule_fires_as_it_did_and_is_told_what_to_write():
    made, told = read(RULE, FindingFile)
    (rule,) = made.findings
    assert rule.when["clause"] == {"checked": "false"}
    assert [one for one in told if "R144" in one and "own.yaml:7:16" in one and "clause.checked" in one]
    table = scored("转引").projects[0]
    found = conclude(facts_of(table, UnitTables([table])), [rule], executor="frame").findings
    assert {one.subject for one in found} == {*table.clauses}
    assert found[0].says.endswith("核对过：否")
    clean = scored("原文").projects[0]
    assert conclude(facts_of(clean, UnitTables([clean])), [rule], executor="frame").findings == ()
    assert make_ready([rule])[0].clauses[0].tests[0].field == "checked"


OLD_POLICY = """\
id: own
title: 本单位的办法
in_force: {from: 2020, region: 变体}
extends: cn-2020-10
rounding:  # 舍入
  document: 某市的通知
  verified: true  # 读过
  step: 0.1
grade_ends: {document: 习惯, verified: false}
"""
OLD_MONITORING = re.sub(
    r"(?m)^  known: .*$", "  verified: false", (ROOT / "rules/monitoring/practice.yaml").read_text("utf-8")
).replace("id: practice", "id: own")


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace with rules of its own from before: a policy, finding rules, a monitoring policy, a layout."""
    for path in (f"rules/projects/2023/629001/{CODE}.yaml", f"actuals/2023/629001/{CODE}.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    layout = (ROOT / "reports/forms/national.yaml").read_text(encoding="utf-8").replace("id: national", "id: own")
    written = {
        "rules/policies/own.yaml": OLD_POLICY,
        "rules/findings/own.yaml": RULE,
        "rules/monitoring/own.yaml": re.sub(r"(?m)^  seen: .*\n", "", OLD_MONITORING),
        "reports/forms/own.yaml": re.sub(r"known: 表样, seen: [^,}]*", "verified: true", layout),
    }
    for name, text in written.items():
        assert "verified" in text
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def checked(office: Path) -> Checked:
    return check_workspace(open_workspace(office))


def of(made: Checked, code: str) -> list[str]:
    return sorted({str(one.where).rpartition("/")[0] for one in made.problems if one.code == code})


def test_an_offices_older_files_are_read_checked_and_mended(office: Path):
    made = checked(office)
    folders = ["reports/forms", "rules/findings", "rules/monitoring", "rules/policies"]
    assert of(made, "R144") == folders
    assert of(made, "R145") == ["reports/forms", "rules/policies"]  # what claims to have been read, and not where
    assert not [one for one in made.problems if one.code[0] in "RPMY" and one.severity == "错误"]
    for mended in made.mended():
        commit(office, "改正", [mended.change])
    after = checked(office)
    assert of(after, "R144") == []
    assert of(after, "R145") == ["reports/forms", "rules/policies"]
    text = (office / "rules/policies/own.yaml").read_text(encoding="utf-8")
    assert text == OLD_POLICY.replace("verified: true", "known: 原文").replace("verified: false", "known: 未见")
    rule = (office / "rules/findings/own.yaml").read_text(encoding="utf-8")
    assert "clause: {checked: false}" in rule and "{clause.checked}" in rule and "verified" not in rule


def test_the_same_comes_of_an_older_file_and_of_the_mended_one(office: Path):
    def scores() -> Any:
        book = load_rulebook(office / "rules", ROOT / "rules")
        made = evaluate(book, load_actuals(office / "actuals", book), policy="own", executor="frame")
        return as_json(made), book.digest

    before = scores()
    for mended in checked(office).mended():
        commit(office, "改正", [mended.change])
    assert scores() == before


def test_the_commands_work_on_older_files(office: Path):
    runner = CliRunner()
    result = runner.invoke(app, ["run", str(office), "--out", str(office / "out"), "--to", "html", "--policy", "own"])
    assert result.exit_code in (0, 1), result.output
    assert runner.invoke(app, ["check", str(office)]).exit_code in (0, 1)
    text = next((office / "out").glob("*自评表附件_v01.html")).read_text(encoding="utf-8")
    assert "某市的通知，写作“已核对原文”，没有写明在哪里读到原文" in re.sub(r"<[^>]*>", "", text)


def test_schemas_offer_the_new_word_alone():
    schema = json.loads((ROOT / "rules/schema/policy.schema.json").read_text(encoding="utf-8"))
    text = json.dumps(schema)
    assert "verified" not in text and "known" in text
    new, _ = parse_document("document: 某办法\nknown: 转引\nseen: 通知\nstep: '0.1'\n", "x.yaml")
    old, _ = parse_document("document: 某办法\nverified: 'true'\nstep: '0.1'\n", "x.yaml")
    part = Draft202012Validator({"$ref": "#/$defs/Rounding", "$defs": schema["$defs"]})
    assert not list(part.iter_errors(new))
    assert list(part.iter_errors(old))


@given(st.sampled_from([*WAYS, "true", "false"]), st.text("甲乙丙", max_size=5), st.booleans())
def test_what_is_read_is_what_was_meant(written: str, seen: str, rule: bool):
    """A round trip: an older word and the newer one for it are one and the same to everything that asks."""
    meant = {"true": "原文", "false": "未见"}.get(written, written)
    key = "verified" if written in ("true", "false") else "known"
    made = Basis.model_validate({"document": "文", key: written, "seen": seen})
    assert made.model_dump() == Basis(document="文", known=meant, seen=seen).model_dump()
    assert Basis.model_validate(made.model_dump()) == Basis(document="文", known=meant, seen=seen)


def test_a_rule_made_by_code_may_use_the_older_word_too():
    document, _ = parse_document(RULE, "x.yaml")
    rule = FindingRule.model_validate(json.loads(json.dumps(document["findings"][0])))
    assert rule.when == {"clause": {"checked": "false"}} and rule.basis.known == "未见"


# ---- what an older version issued --------------------------------------------------------------------------------


@pytest.fixture
def issued(tmp_path: Path) -> Path:
    shutil.copytree(ISSUED, tmp_path / "issued")
    return tmp_path / "issued"


def ledger_of(office: Path) -> Path:
    return office / "台账.sqlite"


def test_a_workspace_issued_by_an_older_version_holds(issued: Path):
    made = verify(ledger_of(issued))
    assert made.holds
    assert (made.entries, made.runs) == (9, 3)
    assert {(one.problem.code, one.problem.severity) for one in made.found} == {("L304", "提示")}
    for one in made.found:
        assert "程序版本不同" in one.problem.says and "得分、总分和等级与记录的相同" in one.problem.says
        assert "改过" not in one.problem.says


def ziping(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    if isinstance(result.exception, EvaluatorError):
        return result.exception.exit_code, str(result.exception)
    return result.exit_code, result.output


def test_the_work_goes_on_where_the_older_version_left_it(issued: Path):
    place = str(issued)
    assert "已报送；报送 v03，现在 v03" in ziping("history", place)[1]
    code, told = ziping("diff", "v02", "v03", "-w", place)
    assert code == 0 and "95.8%   94.8%" in told
    assert "写作“已核对原文”，没有写明在哪里读到原文" in told  # what the older rules claimed is told as no more
    assert ziping("check", place)[0] in (0, 1)
    assert ziping("accept", place, "--by", "李审核")[0] == 0
    assert "已通过" in ziping("history", place)[1]
    assert verify(ledger_of(issued)).holds


def test_what_differs_for_the_program_alone_is_told_as_that(issued: Path):
    """Issued again by this program: not a change that anybody made, and not one that goes unseen."""
    place = str(issued)
    assert ziping("run", place, "--out", str(issued / "out"), "--to", "html")[0] in (0, 1)
    code, told = ziping("accept", place, "--by", "李审核")
    assert code == 2 and "用另一版程序重新出具过（填报的内容没有改动）" in told
    history = ziping("history", place)[1]
    assert "程序版本与上一次评分的不同" in history
    assert "用另一版程序重新出具过（填报的内容没有改动），须重新报送" in history
    text = next((issued / "out").glob("*自评表附件_v04.html")).read_text(encoding="utf-8")
    assert "报送的 v03（程序版本不同）" in text
    assert "完成情况和得分没有改动" in text
    assert ziping("submit", place, "--by", "张三")[0] == 0
    assert ziping("accept", place, "--by", "李审核")[0] == 0
    assert verify(ledger_of(issued)).holds


def test_what_another_program_scored_is_scored_again_before_it_is_submitted(issued: Path):
    """Nothing was changed, and nobody is told that something was."""
    place = str(issued)
    assert ziping("return", place, "--by", "李审核", "--remark", "请再核对")[0] == 0
    assert ziping("reply", "2", "--answer", "核对无误", "--by", "张三", "-w", place)[0] == 0
    assert "对意见的回复又改过" in ziping("submit", place, "--by", "张三")[1]
    code, told = ziping("print", place, "--out", str(issued / "印"))
    assert code == 2 and "又改过" in told
    shutil.rmtree(issued)
    shutil.copytree(ISSUED, issued)
    code, told = ziping("print", place, "--out", str(issued / "印"))
    assert code == 2 and "另一版程序" in told and "填报的内容没有改动" in told and "又改过" not in told


def test_a_correction_after_it_is_still_a_change(issued: Path):
    place = str(issued)
    words = ("correct", CODE, "满意度1", "--actual", "94.6%", "--reason", "复核", "--by", "张三", "-w", place)
    assert ziping(*words)[0] == 0
    assert ziping("run", place, "--out", str(issued / "out"), "--to", "html")[0] in (0, 1)
    assert "报送以后又有改动" in ziping("accept", place, "--by", "李审核")[1]


def test_a_changed_byte_of_it_is_found(issued: Path):
    for path in sorted((issued / "out").glob("*.html")):
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        (wrong,) = [one.problem for one in verify(ledger_of(issued)).found if one.problem.severity == "错误"]
        assert (wrong.code, path.name in wrong.says) == ("L206", True)
        path.write_bytes(data)


def test_a_record_changed_in_it_is_found(issued: Path):
    """The chain is what tells: not the program that reads it."""
    data = ledger_of(issued).read_bytes()
    with Ledger(ledger_of(issued)) as ledger:
        reason = next(one.payload["reason"] for one in ledger.entries() if one.kind == "correction").encode()
    assert reason in data
    ledger_of(issued).write_bytes(data.replace(reason, reason[:-3] + "甲".encode(), 1))
    assert {one.problem.code for one in verify(ledger_of(issued)).found if one.problem.severity == "错误"} >= {"L202"}


def test_another_score_of_another_program_is_not_called_tampering(issued: Path, monkeypatch: pytest.MonkeyPatch):
    from evaluator.records import recording

    monkeypatch.setattr(
        "evaluator.records.reruns.result_bytes",
        lambda made: re.sub(rb'"score": "\d+', b'"score": "1', recording.result_bytes(made)),
    )
    made = verify(ledger_of(issued))
    assert not made.holds
    assert {(one.problem.code, one.problem.severity) for one in made.found} == {("L304", "警告")}
    assert all("程序版本不同" in one.problem.says for one in made.found)
