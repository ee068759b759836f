"""The rule book: everything in force is in it, every link leads somewhere, and what people wrote stays text."""

from __future__ import annotations

import ctypes
import hashlib
import re
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import docx as word_files
import pypdfium2
import pytest
from pydantic import BaseModel
from pypdfium2 import raw
from typer.testing import CliRunner

from evaluator.checking.catalogue import DiagnosticPage, read_catalogue
from evaluator.cli import app
from evaluator.comparators import COMPARATORS
from evaluator.errors import RuleProblems, UsageProblem
from evaluator.figures import points
from evaluator.formats import html as page_format
from evaluator.formats import pdf as pdf_format
from evaluator.formats import word as word_format
from evaluator.formats.docx import FIXED
from evaluator.formats.wordbook import bookmark
from evaluator.handbook.chapters import handbook
from evaluator.handbook.clausewords import clause_says, exact_rate, points_words, written_in
from evaluator.handbook.coverage import Coverage, coverage
from evaluator.handbook.glossary import Term, read_glossary
from evaluator.handbook.rulechapters import policy_anchor
from evaluator.pages import NUMBERS, Cell, Document, Grid, Line, Link, Text, Topic, anchors, chapter, pieces, words
from evaluator.policy import CLAUSES
from evaluator.rulebook.book import Rulebook, indicators_of, load_rulebook

ROOT = Path(__file__).parents[1]
RULES = ROOT / "rules"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HOSTILE = '</dd><script>alert(1)</script> {{ 7*7 }} {% if %} ]]> <!-- " onx="\x00\u202e'


def book() -> Rulebook:
    return load_rulebook(RULES)


@cache
def sources() -> tuple[dict[str, DiagnosticPage], tuple[Term, ...], Coverage]:
    """Pages, terms, and the coverage by no scenario: what the book says of it is as true, and no scenario runs."""
    return read_catalogue(RULES, book().findings), read_glossary(RULES), coverage(book(), [])


@cache
def made() -> Document:
    return handbook(book(), *sources())


@cache
def html() -> str:
    return page_format.render(made()).decode()


@cache
def docx() -> bytes:
    return word_format.render(made())


@cache
def pdf() -> bytes:
    return pdf_format.render(made())


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
    body = word_files.Document(BytesIO(data)).element.body
    return "".join(
        node.text or "" if node.tag == f"{WORD}t" else "\n" for node in body.iter(f"{WORD}t", f"{WORD}br", f"{WORD}p")
    )


def links(value: Any) -> set[str]:
    """Where the texts of some blocks lead."""
    if isinstance(value, Link):
        return {value.leads}
    if isinstance(value, tuple):
        return {lead for one in value for lead in links(one)}
    if is_dataclass(value):
        return {lead for field in fields(value) for lead in links(getattr(value, field.name))}
    return set()


def topics(parts: tuple[Topic, ...]) -> list[Topic]:
    """Every topic of a book, those under others after them."""
    return [each for one in parts for each in (one, *topics(one.parts))]


def every_topic() -> list[Topic]:
    return [each for one in made().sections for each in topics(one.topics)]


def wanted() -> list[str]:
    """What a reader must find: clauses, rules, projects, diagnostics, words and terms, verbatim."""
    texts: list[str] = []
    for policy in book().policies.values():
        texts += [policy.title, policy.id]
        for name, clause in policy.clauses.items():
            texts += [*clause_says(policy, name), clause.document, clause.note]
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


def test_everything_in_force_is_in_the_book_as_pdf():
    """Breaks of lines and pages apart, at which pdfium leaves out a hyphen."""
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf()))
    text = re.sub(r"[\u200b\ufffe\x02-]", "", plain(text))
    assert [one for one in wanted() if plain(one).replace("-", "") not in text] == []


def test_every_thing_has_its_own_anchor():
    there = anchors(made())
    assert len(there) == len(set(there))
    for policy in book().policies:
        assert {
            policy_anchor(policy),
            *(policy_anchor(policy, name) for name in book().policies[policy].clauses),
        } <= set(there)
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
        for clause in policy.clauses.values():
            where = clause.where
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
        return [exact_rate(value)]
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [points_words(value)]
    if isinstance(value, list):
        return [figure for one in value for figure in figures(one)]
    if isinstance(value, BaseModel):
        return [figure for name in type(value).model_fields for figure in figures(getattr(value, name))]
    return []


@pytest.mark.parametrize("policy", sorted(book().policies))
def test_the_sentences_of_a_clause_hold_all_its_figures(policy: str):
    for name in book().policies[policy].clauses:
        said = "".join(clause_says(book().policies[policy], name))
        assert said.endswith("。")
        assert [figure for figure in figures(getattr(book().policies[policy], name)) if figure not in said] == []


def test_a_changed_figure_changes_its_sentence():
    policy = book().policies["cn-2020-10"]
    step = policy.rounding.model_copy(update={"step": 50})
    changed = policy.model_copy(update={"rounding": step})
    assert "0.5 分" in "".join(clause_says(changed, "rounding")) and "0.5 分" not in "".join(
        clause_says(policy, "rounding")
    )


def test_a_clause_is_written_where_its_file_has_it():
    policies = book().policies
    for policy in policies.values():
        for name in policy.clauses:
            assert written_in(policy, name, policies).where.path == getattr(policy, name).where.path


# ---- links, and nothing from outside -----------------------------------------------------------------------------


def test_every_link_of_the_page_has_its_anchor():
    seen = Seen(html())
    assert len(seen.ids) == len(set(seen.ids))
    assert len(seen.links) > 500
    assert {link for link in seen.links if link.removeprefix("#") not in seen.ids or link[0] != "#"} == set()


def test_every_link_of_the_document_has_its_bookmark():
    root = word_files.Document(BytesIO(docx())).element.body
    names = [one.get(f"{WORD}name") for one in root.iter(f"{WORD}bookmarkStart")]
    assert sorted(names) == sorted(bookmark(anchor) for anchor in anchors(made()))
    leads = {one.get(f"{WORD}anchor") for one in root.iter(f"{WORD}hyperlink")}
    assert len(leads) > 100 and leads <= set(names)


def test_every_link_of_the_pdf_leads_to_a_page():
    opened = pypdfium2.PdfDocument(pdf())
    leads = [
        raw.FPDFDest_GetDestPageIndex(opened, raw.FPDFLink_GetDest(opened, link))
        for page in opened
        for link in on(page)
    ]
    assert len(leads) > 500 and all(0 <= each < len(opened) for each in leads)
    assert leads[:8] == sorted(leads[:8]) and leads[0] == 1  # the contents, in order
    assert len(list(opened.get_toc())) == 2 + len(anchors(made()))  # title and contents, then each chapter and topic


def on(page: Any) -> Iterator[Any]:
    """The links on a page."""
    start, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, ctypes.byref(start), ctypes.byref(link)):
        yield link


def test_a_link_to_what_is_not_in_the_book_is_printed_as_words():
    line = Line(("见", Link("别处", "nowhere")))
    lost = Document("书", made().stamp, (chapter("a", "章", (line,), ()),), front=made().front)
    assert "见别处" in "".join(
        one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(pdf_format.render(lost))
    )


def test_the_way_from_a_project_leads_on_to_a_term():
    """Project → clause → finding rule → word of comparison → term."""
    by_anchor = {topic.anchor: links(topic.blocks) for topic in every_topic()}
    chapters = {one.anchor: links(one.blocks) for one in made().sections}
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
    """A text with a hostile piece more, a link where the text ends with one."""
    last = pieces(text)[-1]
    return (*pieces(text), HOSTILE if isinstance(last, str) else Link(HOSTILE, last.leads))


def spoiled() -> Document:
    """The book with hostile text in every kind of place."""

    def cell(one: Cell) -> Cell:
        return replace(one, text=words(one.text) + HOSTILE if one.look in ("head", "code") else hostile(one.text))

    def block(one: Any) -> Any:
        match one:
            case Line():
                return replace(one, text=hostile(one.text))
            case Grid():
                return replace(one, rows=tuple(tuple(map(cell, row)) for row in one.rows))
        blocks, parts = tuple(map(block, one.blocks)), tuple(map(block, one.parts))
        return replace(one, title=one.title + HOSTILE, beside=(*one.beside, HOSTILE), blocks=blocks, parts=parts)

    chapters = tuple(
        replace(
            one,
            name=one.name + HOSTILE,
            blocks=tuple(map(block, one.blocks)),
            topics=tuple(map(block, one.topics[:3])),
        )
        for one in made().sections
    )
    front = tuple(map(block, made().front))
    return replace(made(), title=HOSTILE, sections=chapters, short=made().short + HOSTILE, front=front)


def test_hostile_texts_stay_texts_on_the_page():
    page = page_format.render(spoiled()).decode()
    seen = Seen(page)
    assert seen.tags.count("script") == 1 and page.count("<script") == 1
    assert seen.outside == []
    assert seen.tags.count("style") == 1 and page.count("</style") == 1
    assert "{{ 7*7 }}" in seen.text
    assert "\x00" not in page and "\u202e" not in page
    assert seen.text.count("alert(1)") > 100


def test_hostile_texts_stay_texts_in_the_document():
    text = document_text(word_format.render(spoiled()))
    assert text.count("<script>alert(1)</script> {{ 7*7 }} {% if %} ]]> <!--") > 100


def test_a_rule_with_hostile_text_comes_through_the_whole_way():
    rule = book().findings[0].model_copy(update={"title": HOSTILE, "say": HOSTILE})
    changed = replace(book(), findings=(rule, *book().findings[1:]))
    page = page_format.render(handbook(changed, sources()[0], sources()[1], coverage(changed, []))).decode()
    assert page.count("<script") == 1 and "alert(1)" in Seen(page).text


# ---- the same bytes, and good files ------------------------------------------------------------------------------


def test_the_same_book_gives_the_same_bytes():
    again = handbook(load_rulebook(RULES), read_catalogue(RULES, book().findings), read_glossary(RULES), sources()[2])
    assert again == made()
    assert page_format.render(again).decode() == html()
    assert word_format.render(again) == docx()
    with zipfile.ZipFile(BytesIO(docx())) as parts:
        assert {one.date_time for one in parts.infolist()} == {FIXED.timetuple()[:6]}


def test_another_revision_is_said():
    other = handbook(book(), *sources(), 2)
    assert "版次 v02" in other.foot and "版次 v01" in made().foot
    assert page_format.render(other).decode() != html()


def test_the_document_has_its_chapters_fonts_and_repeated_heads():
    opened = word_files.Document(BytesIO(docx()))
    heads = [one.text for one in opened.paragraphs if one.style.name == "Heading 1"]
    assert heads == [f"{number}、{one.name}" for number, one in zip(NUMBERS, made().sections, strict=False)]
    section = opened.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert made().foot in section.footer.paragraphs[0].text
    assert opened.core_properties.title == made().title
    body = opened.element.body
    assert len(list(body.iter(f"{WORD}tblHeader"))) == sum(
        isinstance(block, Grid) and block.repeat is not None for topic in every_topic() for block in topic.blocks
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
    CliRunner().invoke(app, ["rules", str(ROOT), "--out", str(tmp_path), "--to", "pdf"])
    assert (tmp_path / "规则手册_v01.pdf").read_bytes()[:5] == b"%PDF-"


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
