"""Synthetic provinces: `python -m benchmarks.province DIR --rows 1000000` writes tables that `ziping batch` reads.

Everything is made up (示例数据) and seeded: the same seed makes the same files. Shapes and rates are stated in RATES and
in docs/scale.md; each injected defect is written to truth/ with the finding it must lead to.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

YEAR = 2024
CHUNK = 250_000  # rows made at a time, about
# level 1, level 2, name, sign, unit, kind (count, rate, money, days, words, due), low and high of the target
TEMPLATES = [
    ("产出指标", "数量指标", "培训人数", "≥", "人", "count", 20, 900),
    ("产出指标", "数量指标", "新建道路里程", "≥", "公里", "count", 1, 80),
    ("产出指标", "数量指标", "发放补助人数", "≥", "人", "count", 30, 9000),
    ("产出指标", "数量指标", "巡查次数", "≥", "次", "count", 4, 400),
    ("产出指标", "数量指标", "改造面积", "≥", "平方米", "count", 100, 90000),
    ("产出指标", "数量指标", "采购设备数量", "=", "台", "count", 1, 120),
    ("产出指标", "数量指标", "编制人员数", "=", "人", "count", 3, 150),
    ("产出指标", "质量指标", "验收合格率", "≥", "%", "rate", 0, 0),
    ("产出指标", "质量指标", "培训合格率", "≥", "%", "rate", 0, 0),
    ("产出指标", "质量指标", "补助对象覆盖率", "≥", "%", "rate", 0, 0),
    ("产出指标", "时效指标", "任务完成及时率", "≥", "%", "rate", 0, 0),
    ("产出指标", "时效指标", "完成时间", "", "", "due", 0, 0),
    ("产出指标", "时效指标", "平均办理时间", "≤", "天", "days", 3, 60),
    ("产出指标", "成本指标", "人均培训成本", "≤", "元", "days", 100, 3000),
    ("产出指标", "成本指标", "设备采购总成本", "≤", "万元", "money", 1, 900),
    ("效益指标", "社会效益指标", "新增就业人数", "≥", "人", "count", 2, 300),
    ("效益指标", "社会效益指标", "公共服务水平", "", "", "words", 0, 0),
    ("效益指标", "可持续影响指标", "长效机制健全程度", "", "", "words", 0, 0),
    ("效益指标", "社会效益指标", "事故发生次数", "≤", "次", "days", 1, 12),
    ("效益指标", "生态效益指标", "垃圾无害化处理率", "≥", "%", "rate", 0, 0),
    ("满意度指标", "服务对象满意度指标", "服务对象满意度", "≥", "%", "rate", 0, 0),
    ("满意度指标", "服务对象满意度指标", "群众满意度", "≥", "%", "rate", 0, 0),
]
AREAS = ["", "农村", "城区", "社区", "学校", "医疗", "养老", "文化"]
RATES = {
    "missing": 0.010, "no_cause": 0.20, "no_remedy": 0.15, "no_evidence": 0.03, "no_survey": 0.04, "bare": 0.003,
    "turned": 0.003, "beyond": 0.001, "overspent": 0.005, "cut": 0.010, "unspent": 0.003, "over": 0.03, "formula": 0.01,
}  # fmt: skip
LEADS_TO = {
    "missing": "F104", "no_cause": "F101", "no_remedy": "F103", "no_evidence": "F107", "no_survey": "F108",
    "turned": "F310", "beyond": "F111", "overspent": "F203", "cut": "F204", "unspent": "F201", "over_unexplained": "F105",
}  # fmt: skip
CAUSES = [
    "受天气影响进度推迟",
    "参加对象少于预计",
    "招标流标一次后重新组织",
    "部分资金年底才到位",
    "政策调整减少了需求",
]
REMEDIES = ["下年度提前组织实施", "加强与主管部门的沟通", "完善预算编制", "按月跟踪进度"]
EVIDENCE = ["验收单", "签到册；照片", "合同和发票", "统计报表", "发放花名册", "检查记录"]
POLICIES = [("", (5000, 3000, 1000)), ("hubei-2020-3", (4000, 3000, 1000))]
SMALL = 5  # of things counted, below which far above the target is told otherwise
WORDS = ["有所提升", "明显提高", "逐步完善"]


def main() -> None:
    """Write a province of about so many rows."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("folder", type=Path)
    told.add_argument("--rows", type=int, default=1_000_000)
    told.add_argument("--seed", type=int, default=2024)
    asked = told.parse_args()
    print(f"{write(asked.folder, asked.rows, asked.seed)} 行，示例数据")


def write(folder: Path, rows: int, seed: int = 2024, per_file: int = 1_000_000) -> int:
    """Write tables/ and truth/ of at least so many rows; returns how many."""
    for name in ("tables", "truth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    made = file = held = 0
    writer: pq.ParquetWriter | None = None
    truths = []
    for table, truth in chunks(rows, seed):
        if writer is None:
            path = folder / "tables" / f"part-{file:03}.parquet"
            writer = pq.ParquetWriter(path, table.schema, compression="zstd", compression_level=1)
        writer.write_table(table)
        truths.append(truth)
        made, held = made + len(table), held + len(table)
        if held >= per_file:
            writer.close()
            writer, held, file = None, 0, file + 1
    if writer:
        writer.close()
    pq.write_table(pa.concat_tables(truths), folder / "truth" / "truth.parquet")
    return made


def chunks(rows: int, seed: int) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Tables of whole units with their truth, until there are so many rows."""
    made = number = 0
    while made < rows:
        table, truth = chunk(min(CHUNK, rows - made), seed, number)
        yield table, truth
        made, number = made + len(table), number + 1


def chunk(rows: int, seed: int, number: int) -> tuple[pa.Table, pa.Table]:
    """About so many rows: units of 12 projects on average (geometric), projects of 5 to 11 rows (mean 8.0)."""
    rng = np.random.default_rng([seed, number])
    projects = max(1, round(rows / 8.0))
    unit = np.cumsum(rng.random(projects) < 1 / 12)
    outputs, benefits = rng.integers(3, 7, projects), rng.integers(1, 4, projects)
    counts = np.stack([outputs, benefits, rng.integers(1, 3, projects)], axis=1)
    project = np.repeat(np.arange(projects), size := counts.sum(axis=1))
    n = len(project)
    place = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
    cat = (place >= outputs[project]).astype(int) + (place >= (outputs + benefits)[project])
    policy = (rng.random(projects) < 0.15).astype(int)
    points = _points(policy, cat, counts, project, place, outputs, benefits)
    template = _templates(rng, cat)
    kind = np.array([one[5] for one in TEMPLATES])[template]
    area = rng.integers(0, len(AREAS), projects)
    target, actual, short, over = _values(rng, template, kind)
    sign, unit_of = (np.array([one[i] for one in TEMPLATES])[template] for i in (3, 4))
    rate, satisfaction = kind == "rate", cat == 2
    numeric = np.isin(kind, ["count", "rate", "money", "days"])

    def some(name: str, among: Any) -> Any:
        return among & (rng.random(len(among)) < RATES[name])

    missing = some("missing", np.ones(n, bool))
    turned = some("turned", rate & ~missing & (actual == target))
    beyond = some("beyond", rate & ~missing & ~turned)
    actual = np.where(beyond, 10_000 + rng.integers(1, 9, n) * 100, actual)
    short, over = short & ~beyond, np.where(beyond, actual * 10 >= target * 13, over)
    bare = some("bare", rate & ~missing & ~beyond & ~turned)
    words = (kind == "words") & ~missing
    share, state = _shares(rng, policy[project])
    late = (kind == "due") & ~missing & (rng.random(n) < 0.05)
    lost = ~missing & ((numeric & short) | (words & (share < 100)) | late)
    full = ~missing & ~lost
    no_cause, no_remedy = some("no_cause", lost), some("no_remedy", lost)
    high = numeric & over & ~missing
    unexplained = high & (rng.random(n) < 0.5)
    evidenced = ~some("no_evidence", full)
    hundred = satisfaction & rate & ~missing & (actual == 10_000)
    no_survey = some("no_survey", hundred) & evidenced
    surveyed = satisfaction & ~no_survey

    initial, adjusted, executed, spent, (overspent, cut, unspent) = _budgets(rng, projects)
    codes = [f"{99_000_000 + number:08d}{one:06d}" for one in range(projects)]
    units = [f"{number % 999 + 1:03d}{one:05d}" for one in range(int(unit[-1]) + 1)]
    county = unit // 60
    table = {
        "province": _words(["示例省"], np.zeros(n, int)),
        "county": _words([f"示例县{number:03d}{one:02d}" for one in range(int(county[-1]) + 1)], county[project]),
        "unit_code": _words(units, unit[project]),
        "unit": _words([f"示例单位{one}" for one in units], unit[project]),
        "year": pa.array(np.full(n, YEAR, np.int16)),
        "project_code": _words(codes, project),
        "project": _words([f"示例项目{one}" for one in codes], project),
        "policy": _words([name for name, _ in POLICIES], policy[project]),
        "initial": _money(initial, project),
        "adjusted": _money(adjusted, project),
        "executed": _money(np.where(unspent, -1, executed), project),
        "plan": _words(["25%；50%；75%；100%"], np.zeros(n, int)),
        "execution_cause": _words(["", CAUSES[3]], (spent < 90)[project].astype(int)),
        "execution_remedy": _words(["", REMEDIES[2]], (spent < 90)[project].astype(int)),
        "indicator": _words([f"{one + 1}" for one in range(20)], place),
        **_named(template, area[project]),
        "target": _told(target, np.where(turned, "≤", sign), unit_of, kind, rng),
        "points": _decimal(points),
        "basis": _words(["本单位年度工作计划", "上年完成情况", "行业标准", "项目合同"], rng.integers(0, 4, n)),
        "actual": _done(actual, unit_of, kind, missing, bare, late, rng),
        "state": pa.array(np.where(words, state, "")).dictionary_encode(),
        "share": _words(["", *(f"{one}%" for one in range(101))], np.where(words, share + 1, 0)),
        "evidence": _words(
            ["", *EVIDENCE, "满意度调查问卷"],
            np.where(evidenced, np.where(surveyed, len(EVIDENCE) + 1, 1 + template % len(EVIDENCE)), 0),
        ),
        "cause": _words(
            ["", *CAUSES], np.where((lost & ~no_cause) | (high & ~unexplained), 1 + template % len(CAUSES), 0)
        ),
        "remedy": _words(["", *REMEDIES], np.where(lost & ~no_remedy, 1 + template % len(REMEDIES), 0)),
    }
    ok = ~np.isin(project, project[bare])
    of_rows = {
        "missing": missing, "no_cause": no_cause, "no_remedy": no_remedy & ~no_cause, "no_evidence": full & ~evidenced,
        "no_survey": hundred & (~surveyed | ~evidenced), "turned": turned, "beyond": beyond,
        "over_unexplained": unexplained & ~beyond & ~(np.isin(kind, ["count", "days"]) & (target < SMALL * 100)),
    }  # fmt: skip
    of_projects = {"overspent": overspent, "cut": cut, "unspent": unspent}
    first = np.flatnonzero(place == 0)
    truth = [_truth(table, np.flatnonzero(mask & ok), name, True) for name, mask in of_rows.items()]
    truth += [_truth(table, first[mask & ok[first]], name, False) for name, mask in of_projects.items()]
    truth.append(_truth(table, np.flatnonzero(bare), "bare", True))
    return pa.table(table), pa.concat_tables(truth)


def _shares(rng: Any, policy: Any) -> tuple[Any, Any]:
    """Shares in per cent, half of them 100, and the state each stands for under its policy."""
    share = np.where(rng.random(len(policy)) < 0.5, 100, rng.integers(1, 101, len(policy)))
    middle = np.where(policy == 1, 50, 60)
    state = np.where(share >= middle, "部分达成并具有一定效果", "未达成且效果较差")
    return share, np.where(share >= 80, "达成", state)


def _budgets(rng: Any, projects: int) -> tuple[Any, ...]:
    """Budgets (分, log-normal), adjusted, executed, the share spent, and which are overspent, cut or not filled in."""
    initial = np.exp(rng.normal(4.0, 1.4, projects)).clip(0.5, 90_000)
    initial = (initial * 100).astype(np.int64) * 10_000  # 分, whole hundreds of 元
    adjusted = np.where(rng.random(projects) < 0.25, initial * rng.integers(80, 121, projects) // 100, initial)
    spent = np.where(rng.random(projects) < 0.55, 100, rng.integers(35, 100, projects))
    executed = adjusted * spent // 100
    overspent, unspent = (rng.random(projects) < RATES[name] for name in ("overspent", "unspent"))
    cut = (rng.random(projects) < RATES["cut"]) & ~overspent & ~unspent
    overspent &= ~unspent
    executed = np.where(overspent, adjusted + 1_000_000, executed)
    low = np.where(cut, initial * 7 // 10, adjusted)
    adjusted, executed = low, np.where(cut, low, executed)
    cut = (adjusted < initial) & (executed == adjusted) & ~unspent
    return initial, adjusted, executed, spent, (overspent, cut, unspent)


def _points(policy: Any, cat: Any, counts: Any, project: Any, place: Any, outputs: Any, benefits: Any) -> Any:
    """Points spread evenly inside each category, what is over on its first row (hundredths)."""
    worth = np.array([share for _, share in POLICIES])[policy[project], cat]
    many = counts[project, cat]
    begin = np.select([cat == 0, cat == 1], [0, outputs[project]], (outputs + benefits)[project])
    return worth // many + np.where(place == begin, worth % many, 0)


def _templates(rng: Any, cat: Any) -> Any:
    out = np.zeros(len(cat), dtype=np.int64)
    for number, name in enumerate(("产出指标", "效益指标", "满意度指标")):
        among = np.array([i for i, one in enumerate(TEMPLATES) if one[0] == name])
        at = np.flatnonzero(cat == number)
        out[at] = rng.choice(among, len(at))
    return out


def _values(rng: Any, template: Any, kind: Any) -> tuple[Any, ...]:
    """Targets and actuals in hundredths: 62% hit the target, 17% pass it a little, 3% by far, 18% fall short."""
    n = len(template)
    low, high = (np.array([one[i] for one in TEMPLATES], dtype=float)[template] for i in (6, 7))
    target = np.exp(
        np.log(np.maximum(low, 1)) + rng.random(n) * (np.log(np.maximum(high, 2)) - np.log(np.maximum(low, 1)))
    )
    digits = 10.0 ** np.maximum(np.floor(np.log10(target)) - 1, 0)
    target = (np.round(target / digits) * digits).astype(np.int64).clip(1) * 100
    rates = rng.choice([8000, 8500, 9000, 9200, 9500, 9800, 10000], n, p=[0.05, 0.1, 0.25, 0.05, 0.25, 0.1, 0.2])
    rate = kind == "rate"
    target = np.where(rate, rates, target)
    down = np.isin(np.array([one[3] for one in TEMPLATES]), ["≤"])[template]
    luck = rng.random(n)
    factor = np.where(luck < 0.62, 100, np.where(luck < 0.79, rng.integers(100, 125, n), np.where(luck < 0.82, rng.integers(135, 300, n), rng.integers(30, 97, n))))  # fmt: skip
    factor = np.where(down, np.where(luck < 0.82, 200 - np.minimum(factor, 190), 200 - factor), factor)
    exact = (luck >= 0.62) & (np.array([one[3] for one in TEMPLATES])[template] == "=") & (luck < 0.82)
    factor = np.where(exact, 100, factor)
    actual = target * factor // 100
    step = np.where(rate, 10, np.where(kind == "money", 50, 100))
    actual = np.where(factor == 100, target, actual // step * step)
    actual = np.where(rate, np.minimum(actual, np.where(target > 10_000, target, 10_000)), actual)
    short = np.where(down, actual > target, actual < target)
    up = np.array([one[3] for one in TEMPLATES])[template] == "≥"
    over = up & (actual * 10 >= target * 13)
    return target, actual, short, over


def _words(words: Any, codes: Any) -> pa.DictionaryArray:
    """A column of these texts, each kept once: Parquet writes a dictionary with repeats as plain texts."""
    told = pa.array(words).dictionary_encode()
    return pa.DictionaryArray.from_arrays(told.indices.take(pa.array(np.asarray(codes, np.int32))), told.dictionary)


def _named(template: Any, area: Any) -> dict[str, Any]:
    names = [f"{place}{one[2]}" for one in TEMPLATES for place in AREAS]
    told = [f"{name}，按实际发生数统计" for name in names]
    both = template * len(AREAS) + area
    levels = {name: _words([one[i] for one in TEMPLATES], template) for i, name in ((0, "category"), (1, "dimension"))}
    return levels | {"name": _words(names, both), "description": _words(told, both)}


def _decimal(hundredths: Any) -> pa.Array:
    """Hundredths as texts without trailing zeros."""
    whole = np.empty((len(hundredths), 2), dtype=np.int64)
    whole[:, 0], whole[:, 1] = hundredths, 0
    texts = pa.Array.from_buffers(pa.decimal128(18, 2), len(hundredths), [None, pa.py_buffer(whole)]).cast(pa.string())
    return pc.replace_substring_regex(texts, r"(\.[1-9])0$|\.00$", r"\1")


def _told(target: Any, sign: Any, unit: Any, kind: Any, rng: Any) -> pa.Array:
    texts = pc.binary_join_element_wise(pa.array(sign), _fixed(target), pa.array(unit), "")
    words = pa.array(np.array(WORDS)[rng.integers(0, len(WORDS), len(target))])
    due = pa.array(np.array(["12月底前", "11月30日前", "9月前"])[rng.integers(0, 3, len(target))])
    return pc.if_else(
        pa.array(kind == "words"), words, pc.if_else(pa.array(kind == "due"), due, texts)
    ).dictionary_encode()


def _done(actual: Any, unit: Any, kind: Any, missing: Any, bare: Any, late: Any, rng: Any) -> pa.Array:
    figures = _fixed(actual)
    texts = pc.binary_join_element_wise(figures, pa.array(np.where(bare, "", unit)), "")
    day = pa.array(np.where(late, "2025年2月", np.array(["6月", "7月15日", "8月"])[rng.integers(0, 3, len(actual))]))
    texts = pc.if_else(pa.array(kind == "due"), day, texts)
    return pc.if_else(pa.array(missing | (kind == "words")), "", texts).dictionary_encode()


def _fixed(hundredths: Any) -> pa.Array:
    """Hundredths as texts: 9650 is 96.5, 100 is 1."""
    whole = np.empty((len(hundredths), 2), dtype=np.int64)
    whole[:, 0], whole[:, 1] = hundredths, 0
    texts = pa.Array.from_buffers(pa.decimal128(18, 2), len(hundredths), [None, pa.py_buffer(whole)]).cast(pa.string())
    return pc.replace_substring_regex(texts, r"(\.[1-9])0$|\.00$", r"\1")


def _money(fen: Any, project: Any) -> pa.Array:
    """Amounts in 万元 as texts, blank where negative."""
    blank = pa.array(fen < 0)
    texts = pc.if_else(blank, "", _fixed(np.maximum(fen, 0) // 10_000))
    return _words(texts, project)


def _truth(table: dict[str, Any], rows: Any, defect: str, of_row: bool) -> pa.Table:
    at = pa.array(rows)
    nothing = pa.array([""] * len(rows), pa.string())
    return pa.table(
        {
            "project_code": table["project_code"].take(at).cast(pa.string()),
            "indicator": table["indicator"].take(at).cast(pa.string()) if of_row else nothing,
            "defect": pa.array([defect] * len(rows), pa.string()),
            "rule": pa.array([LEADS_TO.get(defect, "")] * len(rows), pa.string()),
        }
    )


if __name__ == "__main__":
    main()
