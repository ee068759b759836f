"""`ziping batch`: tables of indicators of very many projects, scored in one run on one machine or on a cluster."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaluator.commands.asking import Both, Output, Standing
from evaluator.errors import Problem, UsageProblem

if TYPE_CHECKING:
    from evaluator.batch.cluster import Cluster
    from evaluator.batch.running import Batch


def batch(
    inputs: Annotated[list[Path], typer.Argument(metavar="输入...", help="Parquet、CSV、xlsx 文件，或它们所在的目录")],
    out: Annotated[Path, typer.Option("--out", "-o", help="输出目录；被中断过的，再运行同样的命令即从断处继续")],
    at: Standing,
    workers: Annotated[int | None, typer.Option("--workers", help="进程数；不写则等于处理器数", min=1)] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="Dask 调度器地址，如 tls://10.0.0.1:8786；各机须能读写同样的路径")
    ] = None,
    cluster_ca: Annotated[
        Path | None, typer.Option("--cluster-ca", help="集群自己的 CA 证书（PEM）；与下面两个一起写，地址用 tls://")
    ] = None,
    cluster_cert: Annotated[
        Path | None, typer.Option("--cluster-cert", help="本机的证书（PEM），由这个 CA 签发")
    ] = None,
    cluster_key: Annotated[Path | None, typer.Option("--cluster-key", help="本机证书的私钥（PEM，不带口令）")] = None,
    part_rows: Annotated[int, typer.Option("--part-rows", help="每部分的行数；内存与它成正比", min=1)] = 250_000,
    csv: Annotated[bool, typer.Option("--csv/--no-csv", help="除 Parquet 外也写 CSV")] = True,
    says: Annotated[bool, typer.Option("--says/--no-says", help="写出每个问题的说明")] = True,
    sample: Annotated[int, typer.Option("--sample", help="另取这么多个单位，用 durable_rules 逐个重算核对", min=0)] = 0,
) -> Both:
    """批量评分：把许多项目的指标表（一行一个指标）评成分，写出各行得分、项目、问题和部门汇总。

    每行的栏目（代号或中文栏名都可以；* 为必须有的）：年度 year*、单位编码 unit_code*、项目编码 project_code*、
    项目名称 project*、年初预算数 initial*、全年预算数 adjusted*、全年执行数 executed*、指标编号 indicator*、
    一级指标 category*、二级指标 dimension*、三级指标 name*、指标值 target*、分值 points*、实际完成值 actual*；
    省 province、县 county、预算单位 unit、评分办法 policy、资金支出计划 plan、绩效指标描述 description、比较符 sign、
    公式 formula、指标值确定依据 basis、达成程度 state、档内比例 share、佐证材料 evidence、偏差原因 cause、
    改进措施 remedy、预算执行偏差原因 execution_cause、预算执行改进措施 execution_remedy。
    金额等的栏名可以带单位：全年预算数（元）。有内容而认不得的栏是错误；没有读的工作表逐张列出。

    得分、等级和问题与逐个用 ziping score 评的相同。不能用的行连同它的项目写进 rejects，注明原因，不影响其余。

    返回码：0 没有拒收的行；1 有；2 用法；3 文件读不了。
    """
    if find_spec("pyarrow") is None:
        raise UsageProblem([Problem("U511", "批量评分需要 pyarrow", None, "pip install 'ziping[batch]'")])
    from evaluator.batch.running import clear, run_batch
    from evaluator.files.lock import locked
    from evaluator.workspace.installed import processors

    rules = at.space.rules.resolve()
    there: Cluster | None = None
    certificates = {"ca": cluster_ca, "cert": cluster_cert, "key": cluster_key}
    if cluster is not None or any(certificates.values()):
        from evaluator.batch.cluster import cluster_at

        there = cluster_at(cluster, certificates)
    checked: dict[str, int] | None = None
    with locked(out.resolve(), "批量评分", 0):
        scored = run_batch(
            inputs,
            out.resolve(),
            rules,
            workers=workers or processors(),
            cluster=there,
            part_rows=part_rows,
            csv=csv,
            text=says,
            keep=sample > 0,
            done=_bar() if sys.stderr.isatty() else None,
        )
        if sample:
            from evaluator.batch.sampling import recheck

            checked = recheck(out.resolve(), rules, sample)
            clear(out.resolve())
    sampled = {"sample": checked} if checked else {}
    return Output(_text(scored, checked), lambda: scored.as_json() | sampled, scored.rejects > 0)


def _bar() -> Callable[[int, int, Mapping[str, Any]], None]:
    """A line that tells how far the run is, its rate and the time left."""
    began = time.monotonic()
    first: list[int] = []

    def tell(past: int, whole: int, last: Mapping[str, Any]) -> None:
        first.append(past - int(last["rows"]))
        passed = time.monotonic() - began
        rate = (past - first[0]) / passed if passed else 0
        left = (whole - past) / rate if rate else 0
        share = 30 * past // max(whole, 1)
        end = "\n" if past >= whole else ""
        says = f"[{'#' * share:30}] {past:,} / {whole:,} 行，每秒 {rate:,.0f} 行，剩 {left:,.0f} 秒 "
        print(f"\r{says}", end=end, file=sys.stderr, flush=True)

    return tell


def _text(batch: Batch, checked: Mapping[str, int] | None) -> str:
    lines = [
        f"读入 {batch.rows:,} 行 = 评分 {batch.scored:,} 行 + 拒收 {batch.rejects:,} 行",
        f"项目 {batch.projects:,} 个，问题 {batch.findings:,} 个，{batch.seconds:,.1f} 秒（{batch.parts} 部分"
        + (f"，其中 {batch.again} 部分是上次运行做好的" if batch.again else "")
        + "）",
        f"结果在 {batch.out}：rows 各行，projects 项目，findings 问题，departments 单位、县、省汇总"
        + ("，rejects 拒收的行和原因" if batch.rejects else ""),
    ]
    lines += [f"{note['severity']}：{note['where']}：{note['says']}" for note in batch.notes]
    by_reason: dict[str, list[str]] = {}
    for rule, why in batch.unjudged.items():
        by_reason.setdefault(why, []).append(rule)
    lines += [f"没有核对的问题规则：{'、'.join(rules)}（{why}）" for why, rules in by_reason.items()]
    if checked:
        lines.append(
            f"抽查 {checked['units']} 个单位的 {checked['projects']} 个项目，用 {'durable_rules' if checked['rete'] else 'frame'} 重算：{checked['differences']} 处不同"
        )
    return "\n".join(lines) + "\n"
