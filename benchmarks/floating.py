"""The whole job as one would write it in polars with floats: Parquet in; rows, projects and twelve findings out."""

from __future__ import annotations

from pathlib import Path

import polars as pl

RULES = 12
TEXT = r"^([≥≤=]?)([0-9.]+)(.*)$"


def run(tables: Path, out: Path) -> None:
    """Score every file on its own (units are never split in these); the same plain numbers, no odd writing."""
    for folder in ("rows", "projects", "findings"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for path in sorted(tables.glob("*.parquet")):
        one(path, out)


def one(path: Path, out: Path) -> None:
    """One file."""
    aim, done = pl.col("target").str.extract_groups(TEXT), pl.col("actual").str.extract_groups(TEXT)
    rows = pl.read_parquet(path).with_columns(pl.col(pl.Categorical).cast(pl.String)).with_columns(
        sign=aim.struct[0], low=aim.struct[1].cast(pl.Float64, strict=False), value=done.struct[1].cast(pl.Float64, strict=False),
        points=pl.col("points").cast(pl.Float64), share=pl.col("share").str.strip_suffix("%").cast(pl.Float64, strict=False),
        **{name: pl.col(name).cast(pl.Float64, strict=False) for name in ("initial", "adjusted", "executed")},
    )  # fmt: skip
    up, down = pl.col("value") / pl.col("low"), pl.col("low") / pl.col("value")
    due = pl.col("target").str.contains("前$")
    reached = (
        pl.when(pl.col("state") != "").then(pl.col("share") / 100)
        .when(due).then((~pl.col("actual").str.starts_with("2025")).cast(pl.Float64))
        .when(pl.col("sign") == "≤").then(down).otherwise(up)
    )  # fmt: skip
    rows = rows.with_columns(reached=reached).with_columns(
        missing=pl.col("reached").is_null(),
        earned=(pl.col("points") * pl.col("reached").clip(0, 1)).round(2).fill_null(0),
    )
    rows = rows.with_columns(full=pl.col("earned") >= pl.col("points") - 1e-9, lost=pl.col("points") - pl.col("earned"))
    keys = ["year", "unit_code", "project_code"]
    weight = pl.when(pl.col("policy") == "hubei-2020-3").then(20.0).otherwise(10.0)
    rate = pl.col("executed") / pl.col("adjusted")
    projects = rows.group_by(keys, maintain_order=True).agg(
        pl.col("province", "county", "unit", "project", "policy", "initial", "adjusted", "executed").first(),
        earned=pl.col("earned").sum(),
    ).with_columns(rate=rate).with_columns(
        score=(pl.col("earned") + (weight * pl.col("rate").clip(0, 1)).round(2).fill_null(0)).round(2)
    )  # fmt: skip
    projects = projects.with_columns(
        grade=pl.when(pl.col("score") >= 90).then(pl.lit("优")).when(pl.col("score") >= 80).then(pl.lit("良"))
        .when(pl.col("score") >= 60).then(pl.lit("中")).otherwise(pl.lit("差"))
    )  # fmt: skip
    survey, evidence = pl.col("evidence").str.contains("问卷|调查"), pl.col("evidence") != ""
    said = pl.format("“{}”指标值{}，实际完成{}", "name", "target", "actual")
    found = [
        _some(rows, "F101", ~pl.col("full") & ~pl.col("missing") & (pl.col("cause") == ""), pl.format("{}，扣{}分，未写偏差原因", said, pl.col("lost").round(2))),
        _some(rows, "F103", ~pl.col("full") & ~pl.col("missing") & (pl.col("remedy") == ""), pl.format("{}，扣{}分，未写改进措施", said, pl.col("lost").round(2))),
        _some(rows, "F104", pl.col("missing"), pl.format("“{}”指标值{}，没有填实际完成值", "name", "target")),
        _some(rows, "F105", (pl.col("reached") >= 1.3) & (pl.col("sign") == "≥") & (pl.col("cause") == ""), pl.format("{}，未说明超额原因", said)),
        _some(rows, "F107", pl.col("full") & ~pl.col("missing") & ~evidence, pl.format("{}，得满分{}分，没有列出佐证材料", said, "points")),
        _some(rows, "F108", pl.col("name").str.contains("满意") & (pl.col("value") >= 100) & ~survey, pl.format("“{}”填报满意度100%", "name")),
        _some(rows, "F302", pl.col("sign") == "", pl.format("“{}”没有比较符", "name")),
        _some(projects, "F201", pl.col("executed").is_null(), pl.lit("预算执行率无法计算")),
        _some(projects, "F203", pl.col("executed") > pl.col("adjusted"), pl.format("执行数{}超过预算数{}", "executed", "adjusted")),
        _some(projects, "F204", (pl.col("adjusted") < pl.col("initial")) & (pl.col("executed") == pl.col("adjusted")), pl.lit("调减到与执行数相同")),
        _some(projects, "F401", pl.col("grade") == "中", pl.format("总分{}，须整改", "score")),
        _some(projects, "F402", pl.col("grade") == "差", pl.format("总分{}，须整改", "score")),
    ]  # fmt: skip
    rows.select(*keys, "indicator", "name", "points", "earned", "reached", "missing", "full").write_parquet(
        out / "rows" / path.name
    )
    projects.write_parquet(out / "projects" / path.name)
    pl.concat(found).write_parquet(out / "findings" / path.name)


def _some(frame: pl.DataFrame, rule: str, where: pl.Expr, says: pl.Expr) -> pl.DataFrame:
    subject = pl.col("indicator") if "indicator" in frame.columns else pl.col("project_code")
    return frame.filter(where).select(
        "year", "unit_code", "project_code", rule=pl.lit(rule), subject=subject, says=says
    )
