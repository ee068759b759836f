"""What the rules themselves are worth: policies proved, scenarios run and what they reach, the rule book printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from evaluator.acts.acting import Sitting, View
from evaluator.checking.catalogue import read_catalogue
from evaluator.files.publish import Published, write_set
from evaluator.handbook.chapters import BOOK, chosen, handbook
from evaluator.handbook.coverage import as_json as coverage_json
from evaluator.handbook.coverage import measure, scenario_runs, uncovered_text
from evaluator.handbook.glossary import read_glossary
from evaluator.pages import Document, Grid, Topic
from evaluator.policies.proofs import Proved, proofs_json, prove_all
from evaluator.records.delivery import issued, sheet_of
from evaluator.reviewing.proving import prove_scale
from evaluator.rulebook.book import load_rulebook, read_rulebook
from evaluator.rulebook.ownproofs import prove_standards
from evaluator.scenarios.scenario import Outcome, run_paths
from evaluator.workspace.places import sample_workspace

COVERED = "情景覆盖"  # the chapter on what scenarios reach


def prove(at: Sitting, policy: str | None = None) -> View[list[Proved]]:
    """Prove what must hold of every policy, review scale and project's own criteria, or of the one named: to attend to where
    something does not."""
    with at.working("证明"):
        rulebook, problems = read_rulebook(at.space.rules, at.space.shared)
        scales = [(scale, prove_scale(scale)) for _, scale in sorted(rulebook.reviews.items())]
        own = prove_standards(project for _, project in sorted(rulebook.projects.items()))
        proved = prove_all(rulebook.policies, policy, [*scales, *own])
    unread = [
        problem
        for problem in problems
        if problem.severity == "错误"
        and problem.where
        and ("/policies/" in problem.where.path or "/reviews/" in problem.where.path)
    ]
    failing = not all(statement.holds for _, statements in proved for statement in statements)
    return View(proved, partial(proofs_json, proved), failing, unread)


def try_out(at: Sitting, paths: Sequence[Path] = ()) -> list[Outcome]:
    """Run scenarios: those named, or the workspace's own; where it has none, the product's, which speak of its own projects."""
    space = at.space if paths or (at.space.root / "scenarios").is_dir() else sample_workspace()
    rulebook = load_rulebook(space.rules, space.shared)
    with at.working("运行情景"):
        return run_paths(paths or [space.root / "scenarios"], rulebook)


def cover(at: Sitting, paths: Sequence[Path] = ()) -> View[tuple[list[Outcome], str]]:
    """Run scenarios (those named, or all in force) and tell what none of them reaches: to attend to where that is something.

    The coverage is told in words (`handbook.coverage.uncovered_text`).
    """
    with at.working("运行情景"):
        rulebook = load_rulebook(at.space.rules, at.space.shared)
        runs = [(list(paths), rulebook)] if paths else scenario_runs(at.space, rulebook)
        outcomes, reached = measure(runs, rulebook)
    lacking = bool(reached.uncovered) or reached.passed < reached.run
    return View((outcomes, uncovered_text(reached)), partial(coverage_json, reached), lacking)


def book(at: Sitting) -> Document:
    """The rule book of all years and units as a document, without what scenarios reach, which takes a minute to tell."""
    space = at.space
    rulebook = load_rulebook(space.rules, space.shared)
    pages, terms = read_catalogue(space.shared, rulebook.findings), read_glossary(space.shared)
    leading = [term.model_copy(update={"see": [place for place in term.see if place != "coverage"]}) for term in terms]
    book = handbook(rulebook, pages, leading, measure([], rulebook)[1], 0)
    sections = [
        replace(section, topics=tuple(map(_untold, section.topics)))
        for section in book.sections
        if section.name != COVERED
    ]
    return replace(book, sections=tuple(sections))


def _untold(topic: Topic) -> Topic:
    """A topic without its line on scenarios."""
    blocks = [
        replace(block, rows=tuple(row for row in block.rows if row[0].text != "情景"))
        if isinstance(block, Grid) and not block.repeat
        else block
        for block in topic.blocks
    ]
    kept = tuple(block for block in blocks if not isinstance(block, Grid) or block.rows)
    return replace(topic, blocks=kept, parts=tuple(map(_untold, topic.parts)))


def rule_book(at: Sitting, suffixes: Sequence[str], alone: bool = False) -> list[Published]:
    """Write the rule book into `at.out`, or as the file `at.out` where it is `alone`; of a year and unit, or of all.

    Raises UsageProblem (U103) where a file of that name is there with other bytes.
    """
    space, out = at.space, at.out
    rulebook = load_rulebook(space.rules, space.shared)
    chosen(rulebook, at.year, at.unit)  # what is not there is told before the scenarios run
    pages, terms = read_catalogue(space.shared, rulebook.findings), read_glossary(space.shared)
    with at.working("运行情景"):
        reached = measure(scenario_runs(space, rulebook), rulebook)[1]

    def book(revision: int) -> Document:
        return handbook(rulebook, pages, terms, reached, revision, year=at.year, unit=at.unit)

    with at.working("写出规则手册"):
        sheets, revision = ([sheet_of(book(1), out)], 1) if alone else issued(out, BOOK, book, suffixes)
    return write_set(sheets, revision)
