"""What a table's money is made of: a project's funds (资金来源), a department's 基本支出 and 项目支出."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluator.errors import Problem
from evaluator.figures import sum_of, wan
from evaluator.model import AMOUNTS, FUNDS, PARTS, Actuals, Amounts, Fund, Project, Spending, Table
from evaluator.results import Money


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a table's money in 分: initial, adjusted, executed; None where it is not written."""

    title: str
    initial: int | None
    adjusted: int | None = None
    executed: int | None = None


def shares_of(table: Table, spending: Spending) -> dict[str, Share]:
    """Every part that a table's money can have, by its name in the files; none of a department without its own budget."""
    if table.budget is None:
        return {}
    written = _written(table, spending)
    titles: Mapping[Any, str] = FUNDS if isinstance(table, Project) else PARTS
    shares = {}
    for name, title in titles.items():
        amounts = written.get(name, Amounts())
        shares[name] = Share(title, getattr(table.budget, name), amounts.adjusted, amounts.executed)
    return shares


def _written(table: Table, spending: Spending) -> Mapping[Any, Amounts]:
    return spending.funds if isinstance(table, Project) else spending.parts


def together(title: str, names: Sequence[Fund], given: Sequence[tuple[Project, Spending]]) -> Share:
    """These funds of some projects as one; unknown where one project's are."""
    each = [_joined([shares_of(project, spending)[name] for name in names], spending) for project, spending in given]
    initial, adjusted, executed = map(sum_of, zip(*each, strict=True)) if each else (None,) * 3
    return Share(title, initial, adjusted, executed)


def _joined(shares: Sequence[Share], spending: Spending) -> tuple[int | None, int | None, int | None]:
    """Several funds added up; what is not written counts as nothing only where what is written makes up the total."""

    def known(name: str) -> int | None:
        amounts = [amount for share in shares if (amount := getattr(share, name)) is not None]
        whole = len(amounts) == len(shares) or name == "initial" or _complete(spending, name)
        return sum(amounts) if amounts and whole else None

    return known("initial"), known("adjusted"), known("executed")


def _complete(spending: Spending, name: str) -> bool:
    """Whether the funds written make up the total; that they then add up, the model holds."""
    given = [getattr(fund, name) for fund in spending.funds.values()]
    return bool(given) and None not in given and getattr(spending, name) is not None


def doubts(table: Table, actuals: Actuals) -> Iterator[Problem]:
    """What is missing where parts are given in part (A132), and parts that were overspent (A133)."""
    spending = actuals.spending
    written = _written(table, spending)
    if not written or table.budget is None:
        return
    place = next(iter(written.values())).where or spending.where
    shares = shares_of(table, spending)
    for name, title in AMOUNTS.items():
        given = {part: getattr(share, name) for part, share in shares.items() if part in written or share.initial}
        missing = [shares[part].title for part, amount in given.items() if amount is None]
        if len(missing) == len(given):
            continue  # this column is left to the total
        known = sum(amount for amount in given.values() if amount is not None)
        total = getattr(spending, name)
        if missing and known != total:
            left = f"，还差 {wan(total - known)} 万元" if total is not None else ""
            says = f"{title}没有填全：没有{'、'.join(missing)}的{left}"
            yield Problem("A132", says, place, severity="提示", remedy="没有这项资金的填 0")
        elif total is None:
            says = f"{title}只填了各项，没有填总数；各项相加是 {wan(known)} 万元"
            yield Problem("A132", says, place, severity="提示", remedy=f"填上{title}")
    for part, amounts in written.items():
        if amounts.adjusted is not None and amounts.executed is not None and amounts.executed > amounts.adjusted:
            says = f"{shares[part].title}执行 {wan(amounts.executed)} 万元，多于全年预算数 {wan(amounts.adjusted)} 万元"
            yield Problem(
                "A133", says, amounts.where or place, severity="警告", remedy="核对金额；预算有追加的，改全年预算数"
            )


# ---- the money of a year -------------------------------------------------------------------------------------------


def money_of(table: Table, given: Actuals | None) -> Money | None:
    """A table's own money; None for a department without a budget of its own."""
    spending = given.spending if given else Spending()
    return Money(table.budget.total, spending.adjusted, spending.executed) if table.budget else None


def misplaced(table: Table, spending: Spending) -> Iterator[Problem]:
    """Amounts that a table of this kind does not have."""
    if isinstance(table, Project):
        if spending.parts:
            yield Problem(
                "A134", "项目的金额按资金来源分，不分基本支出和项目支出", spending.where, "、".join(FUNDS.values())
            )
        return
    if table.budget is None and (spending.parts or (spending.adjusted, spending.executed) != (None, None)):
        says = "部门整体的全年预算数和全年执行数由各项目合计，不另填"
        allowed = "只填偏差原因和改进措施；部门有自己的预算的，先在部门绩效目标中写明年初预算数"
        yield Problem("A117", says, spending.where, allowed)
    if spending.funds:
        yield Problem(
            "A134", "部门整体的金额分基本支出和项目支出，不按资金来源分", spending.where, "、".join(PARTS.values())
        )


def moneys_together(moneys: Sequence[Money]) -> Money:
    """A department's money is its projects' together; unknown when one of them is."""

    def total(amounts: Iterable[int | None]) -> int | None:
        known = [amount for amount in amounts if amount is not None]
        return sum(known) if known and len(known) == len(moneys) else None

    return Money(
        sum(money.initial for money in moneys),
        total(money.adjusted for money in moneys),
        total(money.executed for money in moneys),
    )
