"""What changed between two sets of results, value by value, and which changes nobody has given a reason for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluator.figures import percent, wan
from evaluator.model import AMOUNTS, EXECUTION, FUNDS, PARTS, Actuals, MeasureResult, Result, Spending

NOTHING = "（空）"


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value a person changed: table, indicator (or 预算执行率, 措施, or "" for the table itself), field, from, to."""

    code: str
    subject: str
    field: str
    before: str
    after: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What was changed, whatever it was changed to."""
        return self.code, self.subject, self.field


def value_changes(
    before: Mapping[tuple[int, str], Actuals], after: Mapping[tuple[int, str], Actuals]
) -> list[ValueChange]:
    """Every value that differs between two sets of results, in the order of tables and rows."""
    changed = []
    for key in sorted({*before, *after}):
        old, new = (_values(side.get(key)) for side in (before, after))
        for place in dict.fromkeys([*old, *new]):
            was, now = (side.get(place, NOTHING) for side in (old, new))
            if was != now:
                changed.append(ValueChange(key[1], *place, was, now))
    return changed


def _values(actuals: Actuals | None) -> dict[tuple[str, str], str]:
    """Every value of a table's results that is filled in, as people read it."""
    if actuals is None:
        return {}
    parts: list[tuple[str, Spending | Result | MeasureResult]] = [(EXECUTION, actuals.spending)]
    parts += [*actuals.results.items(), *actuals.measures.items()]
    texts = {("", "实际完成情况"): actuals.achieved, ("", "实施过程"): actuals.process, ("", "备注"): actuals.remark}
    for subject, part in parts:
        for name, field in type(part).model_fields.items():
            if name not in ("funds", "parts"):
                texts[subject, str(field.title)] = _shown(name, getattr(part, name))
    for fund, amounts in (actuals.spending.funds | actuals.spending.parts).items():
        for name, title in AMOUNTS.items():
            texts[EXECUTION, f"{(FUNDS | PARTS)[fund]}{title}（万元）"] = _shown(name, getattr(amounts, name))
    return {place: text for place, text in texts.items() if text}


def _shown(name: str, value: object) -> str:
    if not value and value != 0:
        return ""
    if name in AMOUNTS:
        return wan(int(str(value)))
    if name == "share":
        return percent(value)  # type: ignore[arg-type]  # a share is a Fraction
    return "、".join(value) if isinstance(value, list) else str(value)


def unexplained(changed: Sequence[ValueChange], explained: Sequence[ValueChange]) -> list[ValueChange]:
    """The changes that the last correction of the same place, which gave a reason, does not speak of."""
    last = {change.key: change.after for change in explained}
    return [change for change in changed if last.get(change.key) != change.after]
