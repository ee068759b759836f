"""A unit's year looked at: why a row earned what it did, what became of the year, what two revisions differ in, what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from evaluator.acts.acting import Sitting, View
from evaluator.comparing.changes import ValueChange, value_changes
from evaluator.comparing.impact import Impact, impact
from evaluator.comparing.impact import as_json as impact_json
from evaluator.comparing.versions import Side
from evaluator.comparing.years import Trend
from evaluator.comparing.years import trend as across
from evaluator.explain import Sentence, explain_row, explain_table, why_rule
from evaluator.find import find_row, find_rule, find_table
from evaluator.following.advice import Advised, advise
from evaluator.following.advice import as_json as advice_json
from evaluator.records.beside import beside, stands
from evaluator.records.chronicle import Event, chronicle, run_named
from evaluator.records.ledger import Ledger
from evaluator.records.reissuing import history_of
from evaluator.records.remarks import current
from evaluator.records.reruns import rebuilt
from evaluator.records.revisions import actuals_of
from evaluator.results import Evaluation


def explain(at: Sitting, code: str, indicator: str | None = None, why_not: str | None = None) -> list[Sentence]:
    """Sentences on how a table or one of its rows came out, or why a finding rule did or did not fire."""
    rulebook = at.rulebook()
    evaluation = at.evaluated(rulebook)
    table = find_table(evaluation, code)
    if why_not is not None:
        return list(why_rule(find_rule(rulebook, why_not), table, evaluation))
    return list(explain_table(table) if indicator is None else explain_row(find_row(table, indicator), table))


def history(at: Sitting) -> View[tuple[list[Event], list[str]]]:
    """Every event of the year that the ledger has; and where it stands, a line each, with the remarks still open."""
    unit, year = at.key(at.rulebook())
    with Ledger(at.ledger) as ledger:
        known = history_of(ledger, unit, year)
        lines = [stands(known.standing, known.revisions), *beside(ledger, known.standing, known.revisions)]
    lines += [f"未回复的{one.says}" for one in current(known.entries) if one.answer is None]
    events = chronicle(known.entries)
    return View((events, lines), lambda: [asdict(one) for one in events])


def differ(at: Sitting, before: str, after: str) -> View[tuple[list[ValueChange], Impact]]:
    """The values that changed between two revisions (v01, or 通过, 报送, 现在), and what came of it.

    Both are evaluated again from what the ledger kept.
    """
    unit, year = at.key(at.rulebook())
    with Ledger(at.ledger) as ledger:
        known = history_of(ledger, unit, year)
        named = [run_named(known.entries, name) for name in (before, after)]
        with at.working("重算两个版次"):
            first, second = (Side(name, rebuilt(ledger, run)) for name, run in named)
    changes = value_changes(actuals_of(first.evaluation), actuals_of(second.evaluation))
    made = impact(first, second)
    return View((changes, made), lambda: impact_json(made) | {"values": [asdict(one) for one in changes]})


def advice(at: Sitting) -> View[tuple[Evaluation, Sequence[Advised]]]:
    """The year as it came out, and what the policy says of next year's budget of each project."""
    evaluation = at.evaluated(at.rulebook())
    found = advise(evaluation)
    return View((evaluation, found), partial(advice_json, found))


def trend(at: Sitting) -> View[Trend]:
    """A unit's indicators across its years."""
    rulebook = at.rulebook(every_year=True)
    made = across(rulebook, at.results(rulebook), at.unit)
    return View(made, partial(asdict, made))
