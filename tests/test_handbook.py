"""The rule book: everything in force is in it, every link leads somewhere, and what people wrote stays text."""

from __future__ import annotations

import hashlib
import re
import zipfile
from base64 import b64encode
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pydantic import BaseModel
from typer.testing import CliRunner

from evaluator.checking.catalogue import Page, read_catalogue
from evaluator.cli import app
from evaluator.comparators import COMPARATORS
from evaluator.errors import RuleProblems, UsageProblem
from evaluator.figures import points
from evaluator.formats.docx import FIXED, bookmark
from evaluator.formats.handbook_docx import handbook_docx
from evaluator.formats.handbook_html import handbook_html
from evaluator.handbook.book import handbook
from evaluator.handbook.chapters import Book, Facts, Paragraph, Piece, Table, Text, entries
from evaluator.handbook.clausewords import marks, rate, says, written_in
from evaluator.handbook.coverage import Coverage, coverage
from evaluator.handbook.glossary import Term, read_glossary
from evaluator.handbook.rules import policy_anchor
from evaluator.policy import CLAUSES
from evaluator.rulebook import Rulebook, indicators_of, load_rulebook

ROOT = Path(__file__).parents[1]
RULES = ROOT / "rules"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HOSTILE = '</dd><script>alert(1)</script> {{ 7*7 }} {% if %} ]]> <!-- " onx="\x00\u202e'


@cache
def anchors(book: Book) -> list[str]:
    """Every anchor of a book, in its order."""
    return [*(chapter.anchor for chapter in book.chapters), *(entry.anchor for entry in entries(book))]


def book() -> Rulebook:
    return load_rulebook(RULES)


@cache
def sources() -> tuple[dict[str, Page], tuple[Term, ...], Coverage]:
    """Pages, terms, and the coverage by no scenario: what the book says of it is as true, and no scenario runs."""
    return read_catalogue(RULES, book().findings), read_glossary(RULES), coverage(book(), [])


@cache
def made() -> Book:
    return handbook(book(), *sources())


@cache
def html() -> str:
    return handbook_html(made()).decode()


@cache
def docx() -> bytes:
    return handbook_docx(made())


class Seen(HTMLParser):
    """The texts, ids, links and elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.policy = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "content" and value and "default-src" in value:
                self.policy = value
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "action", "data") or name.startswith("on"):
                self.outside.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def document_text(data: bytes) -> str:
    """Every text of a document, those inside links too."""
    body = Document(BytesIO(data)).element.body
    return "".join(
        node.text or "" if node.tag == f"{WORD}t" else "\n" for node in body.iter(f"{WORD}t", f"{WORD}br", f"{WORD}p")
    )


def pieces(value: Any) -> list[Piece]:
    """Every piece of text of a book."""
    if isinstance(value, Piece):
        return [value]
    if isinstance(value, tuple):
        return [piece for one in value for piece in pieces(one)]
    if is_dataclass(value):
        return [piece for field in fields(value) for piece in pieces(getattr(value, field.name))]
    return []


def wanted() -> list[str]:
    """What a reader must find: clauses, rules, projects, diagnostics, words and terms, verbatim."""
    texts: list[str] = []
    for policy in book().policies.values():
        texts += [policy.title, policy.id]
        for name in CLAUSES:
            clause = getattr(policy, name)
            texts += [*says(policy, name), clause.document, clause.note]
    for table in book().tables:
        texts += [table.unit.name, table.source.document]
        for row in indicators_of(table):
            texts += [row.name, row.target, points(row.points), row.formula or "", row.basis, row.dimension]
    for project in book().projects.values():
        texts += [project.code, project.name, *project.goals, *project.plan]
    for department in book().departments.values():
        texts += [department.goal, *(one.title for one in department.overall), *(one.goal for one in department.items)]
        texts += [text for one in department.measures for text in (one.title, one.text)]
    for rule in book().findings:
        texts += [rule.id, rule.title, rule.severity, rule.basis.document, rule.basis.note, rule.caps or ""]
        texts += [f"{kind}.{name}" for kind, tests in rule.when.items() for name in tests]
    pages, terms, _ = sources()
    for page in pages.values():
        texts += [page.code, page.title, page.what, page.why, page.example.wrong, page.example.right, page.topic]
    for word, one in COMPARATORS.items():
        texts += [word, one.says, one.formula.format(actual="完成值", target="指标值")]
    for term in terms:
        texts += [term.term, term.english, term.means]
    return [text for text in texts if text]


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


# ---- everything is there -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["html", "docx"])
def test_everything_in_force_is_in_the_book(format: str):
    text = plain(Seen(html()).text if format == "html" else document_text(docx()))
    assert [one for one in wanted() if plain(one) not in text] == []


def test_every_thing_has_its_own_anchor():
    there = anchors(made())
    assert len(there) == len(set(there))
    for policy in book().policies:
        assert {policy_anchor(policy), *(policy_anchor(policy, name) for name in CLAUSES)} <= set(there)
    assert {f"finding-{rule.id}" for rule in book().findings} <= set(there)
    assert {f"diagnostic-{code}" for code in sources()[0]} <= set(there)
    assert {f"project-{year}-{code}" for year, code in book().projects} <= set(there)
    assert {f"department-{year}-{code}" for year, code in book().departments} <= set(there)


def test_every_rule_shows_where_it_stands():
    text = Seen(html()).text
    for rule in book().findings:
        assert rule.where is not None
        assert f"{rule.where.path}:{rule.where.line}" in text
    for policy in book().policies.values():
        for name in CLAUSES:
            where = getattr(policy, name).where
            assert f"{where.path}:{where.line}" in text


def test_a_year_and_unit_restrict_the_tables_and_an_unknown_one_is_told():
    (key, project), *_ = book().projects.items()
    other = project.model_copy(update={"year": 2024})
    both = replace(book(), projects={**book().projects, (2024, key[1]): other})
    shown = {year: anchors(handbook(both, *sources(), year=year)) for year in (None, 2023, 2024)}
    told = {year: [f"project-{each}-{key[1]}" in shown[year] for each in (2023, 2024)] for year in shown}
    assert told == {None: [True, True], 2023: [True, False], 2024: [False, True]}
    with pytest.raises(UsageProblem) as raised:
        handbook(book(), *sources(), year=1999)
    assert raised.value.problems[0].code == "U341"
    assert "2023 年 629001" in raised.value.problems[0].allowed


def figures(value: Any) -> list[str]:
    """Every figure of a clause as a sentence says it."""
    if isinstance(value, Fraction):
        return [rate(value)]
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [marks(value)]
    if isinstance(value, list):
        return [figure for one in value for figure in figures(one)]
    if isinstance(value, BaseModel):
        return [figure for name in type(value).model_fields for figure in figures(getattr(value, name))]
    return []


@pytest.mark.parametrize("policy", sorted(book().policies))
def test_the_sentences_of_a_clause_hold_all_its_figures(policy: str):
    for name in CLAUSES:
        said = "".join(says(book().policies[policy], name))
        assert said.endswith("。")
        assert [figure for figure in figures(getattr(book().policies[policy], name)) if figure not in said] == []


def test_a_changed_figure_changes_its_sentence():
    policy = book().policies["cn-2020-10"]
    step = policy.rounding.model_copy(update={"step": 50})
    changed = policy.model_copy(update={"rounding": step})
    assert "0.5 分" in "".join(says(changed, "rounding")) and "0.5 分" not in "".join(says(policy, "rounding"))


def test_a_clause_is_written_where_its_file_has_it():
    policies = book().policies
    for policy in policies.values():
        for name in CLAUSES:
            assert written_in(policy, name, policies).where.path == getattr(policy, name).where.path


# ---- links, and nothing from outside -----------------------------------------------------------------------------


def test_every_link_of_the_page_has_its_anchor():
    seen = Seen(html())
    assert len(seen.ids) == len(set(seen.ids))
    assert len(seen.links) > 500
    assert {link for link in seen.links if link.removeprefix("#") not in seen.ids or link[0] != "#"} == set()


def test_every_link_of_the_document_has_its_bookmark():
    root = Document(BytesIO(docx())).element.body
    names = [one.get(f"{WORD}name") for one in root.iter(f"{WORD}bookmarkStart")]
    assert sorted(names) == sorted(bookmark(anchor) for anchor in anchors(made()))
    leads = {one.get(f"{WORD}anchor") for one in root.iter(f"{WORD}hyperlink")}
    assert len(leads) > 100 and leads <= set(names)


def test_the_way_from_a_project_leads_on_to_a_term():
    """Project → clause → finding rule → word of comparison → term."""
    by_anchor = {
        entry.anchor: {piece.leads for piece in pieces(entry.blocks) if piece.leads} for entry in entries(made())
    }
    chapters = {chapter.anchor: {p.leads for p in pieces(chapter.blocks)} for chapter in made().chapters}
    project = by_anchor["project-2023-13028124P00499410001F"]
    assert "policy-cn-2020-10-quantitative" in project
    assert "finding-F102" in by_anchor["policy-cn-2020-10-quantitative"]
    assert any(lead.startswith("word-") for lead in by_anchor["finding-F105"])
    assert any(lead.startswith("term-") for lead in chapters["comparators"])


def test_the_page_asks_for_nothing_and_runs_only_its_own_script():
    seen = Seen(html())
    assert seen.outside == [] and not {"link", "img", "iframe", "object", "base", "form"} & set(seen.tags)
    assert not re.search(r"https?:|url\(|@import", html())
    (script,) = re.findall(r"<script>(.*?)</script>", html(), re.DOTALL)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert seen.policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    assert "hidden" in re.findall(r'<div id="finder"[^>]*>', html())[0]


# ---- what people wrote stays text --------------------------------------------------------------------------------


def hostile(text: Text) -> Text:
    return (*text, Piece(HOSTILE, text[-1].leads if text else ""))


def spoiled() -> Book:
    """The book with hostile text in every kind of place."""

    def block(one: Any) -> Any:
        match one:
            case Paragraph(text):
                return Paragraph(hostile(text))
            case Facts(rows):
                return Facts(tuple((label + HOSTILE, hostile(said)) for label, said in rows))
            case Table(heads, widths, rows):
                return Table(
                    tuple(head + HOSTILE for head in heads), widths, tuple(tuple(map(hostile, row)) for row in rows)
                )
        return replace(one, label=one.label + HOSTILE, text=one.text + HOSTILE)

    def entry(one: Any) -> Any:
        parts, blocks = tuple(map(entry, one.parts)), tuple(map(block, one.blocks))
        return replace(one, title=one.title + HOSTILE, beside=(*one.beside, HOSTILE), blocks=blocks, parts=parts)

    chapters = tuple(
        replace(
            one,
            title=one.title + HOSTILE,
            blocks=tuple(map(block, one.blocks)),
            entries=tuple(map(entry, one.entries[:3])),
        )
        for one in made().chapters
    )
    return replace(made(), title=HOSTILE, chapters=chapters, stamp=made().stamp + HOSTILE, about=block(made().about))


def test_hostile_texts_stay_texts_on_the_page():
    page = handbook_html(spoiled()).decode()
    seen = Seen(page)
    assert seen.tags.count("script") == 1 and page.count("<script") == 1
    assert seen.outside == []
    assert seen.tags.count("style") == 1 and page.count("</style") == 1
    assert "{{ 7*7 }}" in seen.text
    assert "\x00" not in page and "\u202e" not in page
    assert seen.text.count("alert(1)") > 100


def test_hostile_texts_stay_texts_in_the_document():
    text = document_text(handbook_docx(spoiled()))
    assert text.count("<script>alert(1)</script> {{ 7*7 }} {% if %} ]]> <!--") > 100


def test_a_rule_with_hostile_text_comes_through_the_whole_way():
    rule = book().findings[0].model_copy(update={"title": HOSTILE, "say": HOSTILE})
    changed = replace(book(), findings=(rule, *book().findings[1:]))
    page = handbook_html(handbook(changed, sources()[0], sources()[1], coverage(changed, []))).decode()
    assert page.count("<script") == 1 and "alert(1)" in Seen(page).text


# ---- the same bytes, and good files ------------------------------------------------------------------------------


def test_the_same_book_gives_the_same_bytes():
    again = handbook(load_rulebook(RULES), read_catalogue(RULES, book().findings), read_glossary(RULES), sources()[2])
    assert again == made()
    assert handbook_html(again).decode() == html()
    assert handbook_docx(again) == docx()
    with zipfile.ZipFile(BytesIO(docx())) as parts:
        assert {one.date_time for one in parts.infolist()} == {FIXED.timetuple()[:6]}


def test_another_revision_is_said():
    other = handbook(book(), *sources(), 2)
    assert "版次 v02" in other.stamp and "版次 v01" in made().stamp
    assert handbook_html(other).decode() != html()


def test_the_document_has_its_chapters_fonts_and_repeated_heads():
    opened = Document(BytesIO(docx()))
    heads = [one.text for one in opened.paragraphs if one.style.name == "Heading 1"]
    assert heads == [f"{number}、{one.title}" for number, one in zip("一二三四五六七八", made().chapters, strict=True)]
    section = opened.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert made().stamp in section.footer.paragraphs[0].text
    assert opened.core_properties.title == made().title
    body = opened.element.body
    assert len(list(body.iter(f"{WORD}tblHeader"))) == sum(
        isinstance(block, Table) for entry in entries(made()) for block in entry.blocks
    )
    fonts = opened.styles["Normal"].element.rPr.rFonts
    assert fonts.get(f"{WORD}eastAsia") == "仿宋"
    assert all(row.find(f"{WORD}trPr/{WORD}cantSplit") is not None for row in body.iter(f"{WORD}tr"))


def test_the_page_can_be_printed():
    sheet = html()[html().index("<style>") : html().index("</style>")]
    printed = sheet[sheet.rindex("@media print") :]
    assert "A4 portrait" in sheet
    assert "nav, .screen { display: none; }" in printed
    assert "break-before: page" in printed and "main a { color: inherit" in printed
    assert book().digest[:12] in sheet


# ---- the glossary ------------------------------------------------------------------------------------------------


def test_a_term_said_twice_or_leading_nowhere_is_refused(tmp_path: Path):
    line = "  - {term: 甲, english: a, means: 一。, see: [%s]}\n"
    for text, told in ((line % "allocatoin", "allocation"), (line % "caps" + line % "caps", "“甲”重复")):
        (tmp_path / "glossary.yaml").write_text("terms:\n" + text, encoding="utf-8")
        with pytest.raises(RuleProblems) as raised:
            read_glossary(tmp_path)
        assert told in str(raised.value) and raised.value.problems[0].where is not None


def test_every_clause_is_led_to_by_a_term():
    led = {name for term in read_glossary(RULES) for name in term.see}
    assert led >= {name for name in CLAUSES if name not in ("at_most", "equality")}


# ---- the command -------------------------------------------------------------------------------------------------


def test_the_command_writes_both_and_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("evaluator.acts.rulemaking.measure", lambda runs, rulebook: ([], coverage(rulebook, [])))
    ran = CliRunner().invoke(app, ["rules", str(ROOT), "--out", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["规则手册_v01.docx", "规则手册_v01.html"]
    again = CliRunner().invoke(app, ["rules", str(ROOT), "--out", str(tmp_path)])
    assert "没有变化" in again.output and len(list(tmp_path.iterdir())) == 2
    (tmp_path / "规则手册_v01.html").write_text("旧的", encoding="utf-8")
    CliRunner().invoke(app, ["rules", str(ROOT), "--out", str(tmp_path), "--to", "html"])
    assert (tmp_path / "规则手册_v01.html").read_text(encoding="utf-8") == "旧的"
    assert (tmp_path / "规则手册_v02.html").exists()


def test_a_file_is_written_under_its_name_and_never_over_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("evaluator.acts.rulemaking.measure", lambda runs, rulebook: ([], coverage(rulebook, [])))
    path = tmp_path / "手册.html"
    for said in ("写出 1 个文件", "没有变化"):
        ran = CliRunner().invoke(app, ["rules", str(ROOT), "--out", str(path)])
        assert ran.exit_code == 0 and said in ran.output
    path.write_text("别的", encoding="utf-8")
    with pytest.raises(UsageProblem):
        CliRunner().invoke(app, ["rules", str(ROOT), "--out", str(path)], catch_exceptions=False)
    assert path.read_text(encoding="utf-8") == "别的"
    assert CliRunner().invoke(app, ["rules", str(ROOT), "--out", str(path), "--to", "docx"]).exit_code == 2
