"""Whatever the criterion: it prints to what is read as the same tree, and its points are exact, bounded and monotone.

The oracle is the sentence read aloud: nested cases over plain Fractions, written without the package.
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from hypothesis import assume, given
from hypothesis import strategies as st

from evaluator.criteria.asdata import from_data, to_data
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.saying import written
from evaluator.criteria.sentences import read
from evaluator.criteria.situation import Situation
from evaluator.criteria.tree import (
    Assessed,
    Award,
    Change,
    Claim,
    Condition,
    Count,
    Criterion,
    Edge,
    Extra,
    Fixed,
    Formula,
    Full,
    InProportion,
    Interval,
    Lost,
    Met,
    Name,
    NotApplicable,
    Number,
    Operation,
    Otherwise,
    Percentage,
    PerUnit,
    Veto,
    terms_of,
)
from evaluator.criteria.undecided import answered, found
from evaluator.quantities.numerals import write_number
from evaluator.quantities.units import WORDS, Quantity, read_unit
from tests.criteria import sentences

# ---- trees -------------------------------------------------------------------------------------------------------

points = st.integers(1, 4000).map(lambda n: Fraction(n, 100)) | st.integers(1, 40).map(Fraction)
facts = st.lists(
    st.sampled_from(
        ["资料齐全", "制度健全", "手续完备", "记录缺失", "台账混乱", "群众投诉属实", "违规操作", "弄虚作假"]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)
names = st.sampled_from(["", "满意度", "合格率", "网络覆盖率", "误差率"])
closed = st.sampled_from([None, True, False])
percents = st.integers(1, 2000).map(lambda n: Quantity(Fraction(n, 10), WORDS["%"]))
units = st.sampled_from(["人", "项", "个百分点", "%", "万元", "次", "公里"])
sizes = st.builds(
    lambda n, word: Quantity(Fraction(n), read_unit(word) or WORDS["人"]), st.integers(1, 20), units
) | st.just(Quantity(Fraction(1, 2), WORDS["个百分点"]))
terms = st.dictionaries(
    st.sampled_from(["step", "floor", "cap", "pct", "several", "end", "gap"]), st.integers(0, 2), max_size=3
)
READINGS = {
    "step": ("proportion", "full", "started"),
    "floor": ("0", "none"),
    "cap": ("points", "none"),
    "pct": ("points", "target"),
    "several": ("add", "worst"),
    "end": ("upper", "lower"),
    "gap": ("0", "lower", "upper"),
}


def settled(tree: Criterion, chosen: dict[str, int]) -> Criterion:
    return replace(tree, terms=terms_of({key: READINGS[key][n % len(READINGS[key])] for key, n in chosen.items()}))


@st.composite
def ladders(draw: st.DrawFn) -> Criterion:
    """Bands from the top: 90%以上得10分，80%-90%得8分，80%以下不得分."""
    ends = sorted({end.number for end in draw(st.lists(percents, min_size=2, max_size=5))}, reverse=True)
    assume(len(ends) > 1)
    name, of = draw(names), draw(st.sampled_from(["value", "target", "over"]))
    closings = draw(st.lists(closed, min_size=2 * len(ends), max_size=2 * len(ends)))
    scores = draw(st.lists(points, min_size=len(ends), max_size=len(ends), unique=True))
    made = [Edge(Quantity(number, WORDS["%"]), closings[n]) for n, number in enumerate(ends)]
    tops = [Edge(Quantity(number, WORDS["%"]), closings[len(ends) + n]) for n, number in enumerate(ends)]
    bands: list[Interval] = [Interval(made[0], None, of, name)]
    bands += [Interval(made[n], tops[n - 1], of, name) for n in range(1, len(ends))]
    rules = [Award((band,), Fixed(score)) for band, score in zip(bands, scores, strict=True)]
    if of != "over":
        rules.append(Award((Interval(None, tops[-1], of, name),), Fixed(Fraction(0))))
    return Criterion(tuple(rules))


@st.composite
def per_units(draw: st.DrawFn) -> Criterion:
    """每少1人扣0.5分, each way, with a standard of its own or none."""
    way, size, by = draw(st.sampled_from(["short", "over", "off"])), draw(sizes), draw(points)
    share = draw(st.booleans())
    change = Change(-by / (100 if share else 1), PerUnit(way, size), share=share)
    if way == "off" or draw(st.booleans()):
        return Criterion((change,))
    number = draw(percents)
    band = (
        Interval(Edge(number, True), None, name="合格率")
        if way == "short"
        else Interval(None, Edge(number, True), name="误差率")
    )
    gets = draw(st.sampled_from([Full(), Fixed(draw(points))]))
    return Criterion((Award((band,), gets), change), most_lost=draw(st.none() | points.map(Fixed)))


@st.composite
def counted(draw: st.DrawFn) -> Criterion:
    """Events and missing items, facts that allow nothing, what acts outside the row, and when the row does not apply."""
    rules: list[Award | Change | NotApplicable | Extra | Veto] = []
    words = draw(facts)
    for word in words:
        match draw(st.integers(0, 3)):
            case 0:
                rules.append(Award((Claim(word),), Fixed(Fraction(0))))
            case 1:
                rules.append(Change(-draw(points), None, (Claim(word),)))
            case 2:
                rules.append(Change(Fraction(0), None, (Claim(word),), Assessed(Fraction(0), draw(points))))
            case _:
                rules.append(Change(-draw(points), Count(draw(st.sampled_from("次处例起")), "", Fraction(1), word)))
    verb, unit = draw(st.sampled_from([("发现", "处"), ("发生", "起"), ("缺", "项"), ("出现", "例")]))
    rules.append(Change(-draw(points), Count(unit, verb, after=draw(st.sampled_from(["", "问题"])))))
    if draw(st.booleans()):
        condition: Condition = draw(st.sampled_from([Lost(draw(points)), Claim("造成严重后果")]))
        rules.append(Extra(-draw(points), (condition,)))
    if draw(st.booleans()):
        rules.append(NotApplicable("没有建设任务", draw(st.sampled_from([Full(), Fixed(Fraction(2))]))))
    if draw(st.booleans()):
        rules.append(Veto("发生重大事故的,实行一票否决"))
    return Criterion(tuple(rules), most_lost=draw(st.none() | points.map(Fixed)))


@st.composite
def parts(draw: st.DrawFn) -> Criterion:
    """①…得1分；②…得2分."""
    words = draw(facts.filter(lambda found: len(found) > 1))
    return Criterion((), tuple(Criterion((Award((Claim(word),), Fixed(draw(points))),)) for word in words))


@st.composite
def gains(draw: st.DrawFn) -> Criterion:
    """每完成1项得2分，最高10分."""
    per = draw(
        st.sampled_from(
            [
                Count("项", "完成"),
                Count("次", "举办", after="活动"),
                PerUnit("each", Quantity(Fraction(1), WORDS["人"])),
            ]
        )
    )
    assume(isinstance(per, Count))
    return Criterion((Change(draw(points), per),), most=draw(st.none() | points))


expressions = st.recursive(
    points.map(Number) | st.sampled_from(["实际完成量", "目标量", "分值", "合格份数"]).map(Name),
    lambda inner: st.builds(Operation, st.sampled_from("+-×÷"), inner, inner),
    max_leaves=6,
)
plain = st.sampled_from(
    [
        Criterion((Award((Met(),), Full()), Award((Met(False),), Fixed(Fraction(0))))),
        Criterion((Award((Met(),), Full()), Award((Met(False),), InProportion()))),
        Criterion((Award((Met(),), Full()), Award((Met(False),), InProportion(True)))),
        Criterion((Award((Met(),), Full()), Award((Otherwise(),), InProportion()))),
        Criterion((Award((Claim("优"),), Full()), Award((Claim("良"),), Percentage(Fraction(4, 5))), Award((Claim("差"),), Fixed(Fraction(0))))),
        Criterion((Award((Claim("有效"),), Assessed(Fraction(4, 5), Fraction(1), True)), Award((Claim("无效"),), Assessed(Fraction(0), Fraction(3, 5), True)))),
        Criterion((Award((Claim("措施得力"),), Assessed(Fraction(1), Fraction(5))),)),
    ]
)  # fmt: skip
formulas = expressions.filter(lambda one: not isinstance(one, Number)).map(
    lambda one: Criterion((Award((), Formula(one)),))
)
trees = st.builds(settled, ladders() | per_units() | counted() | parts() | gains() | plain | formulas, terms)


@given(trees)
def test_a_tree_printed_is_read_as_itself(tree: Criterion):
    assert read(written(tree)) == tree


@given(trees)
def test_a_tree_as_data_is_read_as_itself(tree: Criterion):
    assert from_data(json.loads(json.dumps(to_data(tree)))) == tree


@given(st.text("每少超低于扣得满分不1 2%人（含）-，。；0.5以上①否则、按比例酌情达到目标值完成率", max_size=30))
def test_any_text_is_read_or_refused_in_its_place(text: str):
    try:
        tree = read(text)
    except Refusal as error:
        assert error.code.startswith("Q4") and 0 <= error.at <= len(text)
        return
    assert read(written(tree)) == tree


# ---- points ------------------------------------------------------------------------------------------------------


def earned(tree: Criterion, target: str, actual: str, full: Fraction, **answers: str) -> Fraction:
    result = found(tree, Situation(target, actual, full, answers))
    assert result.earned is not None and result.earned.points is not None, result.asks
    return result.earned.points


hundredths = st.integers(0, 20_000).map(lambda n: Fraction(n, 100))
rows = st.tuples(hundredths, hundredths, points, st.integers(1, 10).map(Fraction), points)
ROUNDED = {"proportion": lambda n: n, "full": floor, "started": ceil}


@given(rows, st.sampled_from(sorted(ROUNDED)), st.sampled_from(["short", "over"]))
def test_per_unit_points_are_those_of_the_sentence(
    row: tuple[Fraction, Fraction, Fraction, Fraction, Fraction], step: str, way: str
):
    aim, value, by, size, full = row
    tree = Criterion((Change(-by, PerUnit("short" if way == "short" else "over", Quantity(size, WORDS["个百分点"]))),))
    target = f"{'≥' if way == 'short' else '≤'}{write_number(aim)}%"
    far = aim - value if way == "short" else value - aim
    expected = full if far <= 0 else max(Fraction(0), full - by * ROUNDED[step](far / size))
    assert earned(tree, target, f"{write_number(value)}%", full, step=step, floor="0") == expected


@given(
    hundredths, st.tuples(st.integers(1, 60), st.integers(1, 60)), st.tuples(points, points),
    st.sampled_from(["short", "over"]), st.sampled_from(["part", "whole"]),
)  # fmt: skip
def test_tiers_count_each_its_part_or_all_from_where_the_first_begins(
    value: Fraction, wide: tuple[int, int], by: tuple[Fraction, Fraction], way: str, tier: str
):
    """Around 100%: the first tier is so wide, and beyond it another rate holds."""
    side = 1 if way == "over" else -1
    near, far = Fraction(100), Fraction(100 + side * wide[0])
    assume(value != far)
    first, second = (f"每{'超' if side > 0 else '少'}1个百分点扣{write_number(each)}分" for each in by)
    bands = f"100%-{far}%" if side > 0 else f"{far}%-100%", f"{far}%以{'上' if side > 0 else '下'}"
    text = f"{bands[0]}{first}；{bands[1]}{second}，扣完为止"
    out = max(side * (value - near), Fraction(0))
    inner, outer = min(out, Fraction(wide[0])), max(out - wide[0], Fraction(0))
    lost = inner * by[0] + outer * by[1] if tier == "part" else out * by[1 if outer else 0]
    target = f"{'≤' if side > 0 else '≥'}100%"
    answers = {"tier": tier, "step": "proportion"}
    assert earned(read(text), target, f"{write_number(value)}%", Fraction(50), **answers) == max(50 - lost, Fraction(0))


@given(hundredths, hundredths, points, st.integers(1, 10).map(Fraction), points)
def test_nothing_is_asked_exactly_where_all_nested_readings_agree(
    aim: Fraction, value: Fraction, by: Fraction, size: Fraction, full: Fraction
):
    """The oracle: the product of the readings, each scored by hand."""
    tree = Criterion((Change(-by, PerUnit("short", Quantity(size, WORDS["%"]))),))
    assume(aim > 0)
    every: set[Fraction] = set()
    for rounded in ROUNDED.values():
        for number in ((aim - value) / size, (aim - value) / (aim * size / 100)):
            raw = full if number <= 0 else full - by * rounded(number)
            every |= {max(raw, Fraction(0)), raw}
    result = found(tree, Situation(f"≥{write_number(aim)}%", f"{write_number(value)}%", full))
    if len(every) == 1:
        assert result.earned is not None and result.earned.points == every.pop() and not result.asks
    else:
        assert result.earned is None
        shown = {given for ask in result.asks for one in ask.readings for _, given in one.points}
        assert shown - {None} <= every


@given(ladders(), st.integers(0, 2500), st.sampled_from(["≥90%", "≥100%"]))
def test_bands_give_what_the_first_that_holds_gives(tree: Criterion, tenths: int, target: str):
    """Read aloud: the bands one after another, a shared end by the answer, what none names nothing."""
    value = Fraction(tenths, 10)
    aim = Fraction(target[1:-1])
    best = max(rule.gets.points for rule in tree.rules if isinstance(rule, Award) and isinstance(rule.gets, Fixed))
    held: list[tuple[bool, Fraction]] = []
    for rule in tree.rules:
        assert isinstance(rule, Award) and isinstance(rule.gets, Fixed) and isinstance(rule.when[0], Interval)
        band = rule.when[0]
        scale = {"value": Fraction(1), "target": aim / 100, "over": aim / 100}[band.of]
        seen = value - aim if band.of == "over" else value
        inside, sure = True, True
        for end, above in ((band.low, True), (band.high, False)):
            if end is None:
                continue
            bound = end.number.number * scale
            inside &= seen == bound if seen == bound else (seen > bound) == above
            if seen == bound:
                inside &= end.closed is not False
                sure &= end.closed is True
        if inside:
            held.append((sure, rule.gets.points))
    certain = [score for sure, score in held if sure]
    expected = certain or [score for _, score in held]
    assume(len(certain) < 2)
    given = earned(tree, target, f"{write_number(value)}%", best, end="upper", gap="0", rate="value")
    assert given == (max(expected) if expected else 0)


@given(per_units(), hundredths, hundredths, points)
def test_points_are_bounded_full_when_met_and_never_better_for_less(
    tree: Criterion, one: Fraction, other: Fraction, full: Fraction
):
    tree = answered(tree, {"floor": "0", "step": "started", "pct": "points", "pts": "sentence", "base": "target"})
    change = next(rule for rule in tree.rules if isinstance(rule, Change))
    assert isinstance(change.per, PerUnit)
    assume(change.per.size.unit.kind in ("比率", "百分点"))
    aim = Fraction(80)
    sign = "≤" if change.per.way == "over" else "≥"
    stated = next((r.gets.points for r in tree.rules if isinstance(r, Award) and isinstance(r.gets, Fixed)), full)
    standard = next(
        (b.low or b.high for r in tree.rules if isinstance(r, Award) for b in r.when if isinstance(b, Interval)), None
    )
    aim = standard.number.number if standard else aim
    low, high = sorted((one, other))
    worse, better = (low, high) if sign == "≥" else (high, low)
    target = f"{sign}{write_number(aim)}%"
    made = [earned(tree, target, f"{write_number(value)}%", full) for value in (worse, better, aim)]
    assert all(0 <= each <= stated for each in made)
    assert made[0] <= made[1]
    assert made[2] == stated


@given(gains(), st.integers(0, 60), points)
def test_what_is_added_up_stops_at_its_cap(tree: Criterion, count: int, full: Fraction):
    (change,) = tree.rules
    assert isinstance(change, Change)
    cap = full if tree.most is None else tree.most
    answers = {"count": str(count), "cap": "points", "pts": "sentence"}
    assert earned(tree, "", "", full, **answers) == min(cap, change.by * count)


# ---- any row -----------------------------------------------------------------------------------------------------

REAL = [one for one in sentences() if "refused" not in one]
actuals = st.sampled_from(
    [
        "是",
        "否",
        "不适用",
        "良好",
        "0",
        "3",
        "3次",
        "57人",
        "93.5%",
        "100%",
        "120%",
        "-5%",
        "第2名",
        "12月20日",
        "6月",
        "0.9万元",
        "105吨",
        "约100人",
        "100余人",
        "无",
        "有",
        "",
    ]
)
targets = st.sampled_from(
    [
        "≥59人",
        "≤5%",
        "=0",
        "≤0起",
        "100%",
        "≥95%",
        "80%-90%",
        "6月底前",
        "是",
        "有所提升",
        "≤±3%",
        "0",
        "≥0%",
        "≤100万元",
        "≥1万元",
        "",
    ]
)
answers = st.dictionaries(
    st.sampled_from(
        [
            "step",
            "floor",
            "cap",
            "pct",
            "end",
            "gap",
            "count",
            "fact",
            "judge",
            "state",
            "value",
            "target",
            "data1",
            "points",
            "na",
            "met",
            "short",
            "over",
            "late",
        ]
    ),
    st.sampled_from(["0", "1", "2", "yes", "no", "full", "started", "points", "target", "upper", "none", "95%", "3次"]),
    max_size=4,
)


@given(st.sampled_from(REAL), targets, actuals, st.none() | points, answers)
def test_whatever_the_row_a_sentence_gives_points_asks_or_is_refused(
    sentence: dict[str, str], target: str, actual: str, full: Fraction | None, given_answers: dict[str, str]
):
    try:
        result = found(read(sentence["text"]), Situation(target, actual, full, given_answers))
    except Refusal as error:
        assert error.code.startswith("Q4") and error.says
        return
    if result.earned is None:
        assert result.asks
        assert all(one.question.asks and one.question.key not in given_answers for one in result.asks)
    else:
        assert not result.asks and result.earned.says is not None
