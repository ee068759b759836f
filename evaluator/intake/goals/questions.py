"""What is asked of a person before a draft can be used: nothing doubtful is settled by the program.

Each check looks at one kind of doubt and yields questions on the values it concerns; the value then becomes `?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from evaluator.comparators import ASKED
from evaluator.figures import points as shown
from evaluator.figures import wan
from evaluator.intake.goals.criteriadoubts import criteria_doubts
from evaluator.intake.goals.draft import CODE, POINTS
from evaluator.intake.goals.nested import weights_missing
from evaluator.intake.headings import goalwords
from evaluator.intake.headings.lexicon import COMMON, GOALS, part
from evaluator.intake.values import Draft, Question, Tree, Value
from evaluator.model import EXECUTION, FUNDS
from evaluator.policy import Policy
from evaluator.quantities.numerals import read_or_none
from evaluator.quantities.quantity import Target, Unreadable, read_money, read_target
from evaluator.quantities.reading import Amount
from evaluator.quantities.signs import read_sign
from evaluator.quantities.undated import dated, undated

WHOLE = 10_000  # 100 points, in hundredths
_OCR = re.compile(r"[2之Z乙]\s*(\d{1,3}(?:\.\d+)?\s*[%％‰])")  # ≥ read as a 2 or a 之
_PROSE: dict[str, re.Pattern[str]] = {
    "total": re.compile(r"预算(?:数|总额|规模|安排)?(?:为|是|共计|共|：)?\s*(\d[\d,.，]*)\s*(亿元|万元|元)"),
    "fiscal": re.compile(r"财政(?:资金|拨款)(?:为|是|：)?\s*(\d[\d,.，]*)\s*(亿元|万元|元)"),
    "other": re.compile(r"其[他它]资金(?:为|是|：)?\s*(\d[\d,.，]*)\s*(亿元|万元|元)"),
}
_TITLES = {"total": "预算数", **{str(fund): title for fund, title in FUNDS.items()}, "fiscal": "财政资金"}


def ask_all(draft: Draft, policy: Policy, codes: set[str]) -> None:
    """Open every question of a project's draft; `codes` are those already met, and gains this one."""
    tree = draft.tree
    rows = {row["id"].text: row for row in tree["indicators"]}
    for question in list(doubts(tree, policy, codes)):
        if question.path[-1] == "target":
            rows[question.path[1]].pop("sign", None)
        draft.ask(question)
    _total_points(draft, policy)


def doubts(tree: Tree, policy: Policy, codes: set[str]) -> Iterator[Question]:
    """Every question that the values of a project's tree raise; `codes` as for `ask_all`."""
    for check in (_identity(tree, codes), _money(tree), _plan(tree)):
        yield from check
    yield from criteria_doubts(tree)
    for row in tree["indicators"]:
        yield from _indicator(row)
    yield from weights_missing(tree)
    yield from points_missing(tree["indicators"], policy)


def _identity(tree: Tree, codes: set[str]) -> Iterator[Question]:
    code = tree["code"].text
    if not CODE.fullmatch(code):
        says = "没有项目编码" if not code else f"项目编码“{code[:60]}”不可用：只用字母、数字和 _ . -，至多 40 个"
        yield Question("D305", ("code",), says)
    elif code.casefold() in codes:
        yield Question("D305", ("code",), f"项目编码“{code}”重复，同一次导入中已有一个项目用它")
    codes.add(code.casefold())
    if not tree["name"].text:
        yield Question("D313", ("name",), "没有项目名称")
    for name in ("code", "name"):
        if not tree["unit"][name].text:
            yield Question("D313", ("unit", name), "没有写预算单位的" + ("编码" if name == "code" else "名称"))


# ---- money ----


def amount_in(value: Value) -> int | None:
    """A value as an amount in 分; None where it is blank or none."""
    return read_or_none(read_money, value.text) if value.text else None


def _money(tree: Tree) -> Iterator[Question]:
    """Amounts that cannot be read, do not add up, or are told otherwise in the sentence on their use."""
    budget = tree["budget"]
    amounts = {name: amount_in(value) for name, value in budget.items()}
    for name, value in budget.items():
        path = ("budget", name)
        if value.doubt:
            yield Question("D311", path, f"{_TITLES[name]}：{value.doubt}", value.options)
            continue
        if name == "fiscal" and not value.text and amounts["total"] is not None:
            yield Question(
                "D306",
                path,
                "原文没有财政资金一栏，不知道预算数中有多少是财政资金",
                budget["total"].options or (budget["total"].text,),
            )
            continue
        if amounts[name] is None:
            yield Question("D311", path, *_unreadable_money(value, _TITLES[name]))
            continue
        prose = _in_prose(tree["purpose"].text if "purpose" in tree else "", name)
        if prose is not None and prose != amounts[name]:
            says = f"{_TITLES[name]}在表中是 {wan(amounts[name] or 0)} 万元，用途一句中是 {wan(prose)} 万元"
            yield Question("D307", path, says, (value.text, wan(prose)))
    if None not in amounts.values():
        total, *funds = ((name, amount or 0) for name, amount in amounts.items())
        whole = sum(amount for _, amount in funds)
        if whole != total[1]:
            *first, last = (f"{_TITLES[name]} {wan(amount)}" for name, amount in funds)
            says = f"{'、'.join(first)} 与{last} 之和不等于预算数 {wan(total[1])}（万元）"
            yield Question("D306", ("budget", "total"), says, (budget["total"].text, wan(whole)))


def _unreadable_money(value: Value, title: str) -> tuple[str, tuple[str, ...]]:
    if not value.text:
        return f"没有{title}", ()
    digits = re.sub(r"[,，.．\s]", "", value.text)
    guess = f"{digits[:-2]}.{digits[-2:]}" if digits.isdigit() and len(digits) > 2 else ""
    return f"{title}“{value.text[:40]}”不是规范的金额，疑为识别错误", (guess,) if guess else ()


def _in_prose(text: str, name: str) -> int | None:
    amount = _PROSE[name].search(text[:1_000]) if name in _PROSE else None
    return read_or_none(read_money, amount[1].replace("，", ",").rstrip(",.") + amount[2]) if amount else None


def _plan(tree: Tree) -> Iterator[Question]:
    """Planned shares that are not per cents, fall, or do not end at 100%."""
    last = Fraction(0)
    for number, (when, value) in enumerate(tree["plan"].items(), 1):
        path, text = ("plan", when), value.text
        if not re.fullmatch(r"\d{1,6}(\.\d{1,4})?%", text):
            yield Question(
                "D308", path, f"{when}的支出计划“{text[:40]}”不是百分数", (f"{text}%",) if text.isdigit() else ()
            )
            continue
        share = Fraction(text[:-1])
        if share < last or share > 100:
            says = f"{when}的支出计划 {text} " + ("超过 100%" if share > 100 else "低于前一期")
            yield Question("D308", path, f"{says}；支出计划是累计数，应逐期不减")
        elif number == len(tree["plan"]) and share != 100:
            yield Question("D308", path, f"支出计划最后一期是 {text}，不是 100%", ("100%",))
        last = max(last, share)


# ---- indicators ----


def _indicator(row: Tree) -> Iterator[Question]:
    """A level or name that is missing, and a target that is doubtful."""
    at = ("indicators", row["id"].text)
    dimension = row["dimension"].text
    if not row["category"].text:
        usual = goalwords.category_of(dimension)
        yield Question("D309", (*at, "category"), "没有一级指标", (usual,) if usual else ())
    if not dimension:
        below = part(COMMON, "levels").get(row["category"].text, [])
        yield Question("D309", (*at, "dimension"), "没有二级指标", tuple(below[:5]))
    else:
        category, usual = row["category"].text, goalwords.category_of(dimension)
        if usual and dimension not in part(COMMON, "levels").get(category, [dimension]):
            says = f"二级指标“{dimension}”不属于一级指标“{category}”"
            yield Question("D309", (*at, "category"), says, (category, usual))
    if not row["name"].text:
        yield Question("D309", (*at, "name"), "没有三级指标的名称")
    yield from target_doubts(row, row["name"].text, at)


def target_doubts(row: Tree, name: str, at: tuple[str, ...]) -> Iterator[Question]:
    """What is doubtful of the target of a row at a path, the row being called `name`."""
    text = row["target"].text
    sign = read_sign(row["sign"].text) if "sign" in row else None
    path = (*at, "target")
    if row["target"].doubt:
        yield Question(
            "D303", path, f"“{name}”的指标值“{text[:60]}”拿不准：{row['target'].doubt}", row["target"].options
        )
        return
    try:
        target = read_target(text, sign)
    except Unreadable as error:
        says = f"“{name}”没有指标值" if not text else f"“{name}”的指标值“{text[:60]}”不能用：{error.reason}"
        yield Question("D303", path, says, error.choices or _mended(text))
        return
    if mended := _suspicious(target, text):
        says = f"“{name}”的指标值“{text}”是没有比较符而超过 100% 的比率，疑为把“≥”识别成了数字"
        yield Question("D302", path, says, (mended, text))
    elif misfit := _misfit(name, target, text):
        yield Question("D304", path, misfit, (text, f"{text}%") if "没有单位" in misfit else (text,))
    elif target.kind == "数值" and target.sign is None:
        says = f"“{name}”的指标值“{text}”没有比较符，看不出是不少于、不多于还是等于"
        yield Question("D301", (*at, "sign"), says, tuple(ASKED))
    elif why := undated(target):
        says = f"“{name}”的指标值“{text}”{why}；照录的由评价人认定达成程度，要由完成值判定就改写"
        yield Question("D314", path, says, (text, *dated(target)))


def _suspicious(target: Target, text: str) -> str:
    """What a rate above 100% without a sign may have been: 290% was ≥90%; or ''."""
    misread = _OCR.fullmatch(text.strip())
    over = any("超过100%" in note for note in target.notes)
    return f"≥{misread[1]}" if misread and (over or text.strip()[0] != "2") else text if over else ""


def _mended(text: str) -> tuple[str, ...]:
    misread = _OCR.fullmatch(text.strip())
    return (f"≥{misread[1]}",) if misread else ()


def _misfit(name: str, target: Target, text: str) -> str:
    """What is wrong when the unit is not of the kind that the name speaks of; or ''."""
    if not isinstance(target.content, Amount):
        return ""
    unit = target.content.low.unit
    for fit in part(GOALS, "fits"):
        if re.search(fit["name"], name):
            if unit.kind in fit["kinds"] or (unit.bare and fit["called"] == "人数"):
                return ""
            if unit.bare:
                return f"“{name}”是{fit['called']}，指标值“{text}”没有单位"
            return f"“{name}”是{fit['called']}，指标值“{text}”的单位却是“{unit}”"
    return ""


# ---- points ----


def points_missing(rows: list[Tree], policy: Policy) -> Iterator[Question]:
    """Points (with nested weights those of level 3) that are missing or unreadable in a row."""
    known = [category for portion in policy.allocation.portions for category in portion.categories]
    for row in rows:
        name = "weight" if "weight" in row else "points"
        text = row[name].text
        if POINTS.fullmatch(text):
            continue
        path = ("indicators", row["id"].text, name)
        category = row["category"].text
        if text:
            yield Question("D310", path, f"分值“{text[:40]}”不是至多两位小数的数")
        elif category not in known and name == "points":
            yield Question("D310", path, f"没有分值，评分办法也没有给一级指标“{category}”分配分值")
        else:
            yield Question("D310", path, "没有分值")


def points_doubt(rows: list[Tree], policy: Policy) -> Iterator[Question]:
    """Points that are all there and do not add up with the execution points: no single one of them is in doubt."""
    texts = [row["points"].text for row in rows if "points" in row]  # nested weights are told where they are taken
    if not texts or not all(POINTS.fullmatch(text) for text in texts):
        return
    total = sum(int(Fraction(text) * 100) for text in texts)
    execution = policy.allocation.execution
    if total + execution != WHOLE:
        says = f"指标分值合计 {shown(total)}，加上{EXECUTION} {shown(execution)} 不是 100；核对后改正分值，或在 policy 写明别的评分办法"
        yield Question("D310", ("indicators",), says)


def _total_points(draft: Draft, policy: Policy) -> None:
    """Note where the document's points do not add up with the execution points; the rule file is then refused (R105)."""
    for doubt in points_doubt(draft.tree["indicators"], policy):
        draft.head.append(f"问题 D310：{doubt.says}")
        draft.notice("D310", doubt.says, draft.tree["indicators"][0]["points"].place, "警告")
