"""One job, many engines: rows of sign, actual, target and points become earned points, project totals and grades.

Each function scores the same seeded rows and returns each project's total in hundredths. `make bench` runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

Job = dict[str, np.ndarray]
POINTS = (500, 750, 1000, 1250, 1666, 333)
SIGNS = ("≥", "≤", "=")


def job(rows: int, seed: int = 2024) -> Job:
    """Rows of projects of seven; 70% meet their target, as a province's rows do."""
    rng = np.random.default_rng(seed)
    target = np.exp(rng.uniform(0, 14, rows)).astype(np.int64) + 1
    sign = rng.choice(3, rows, p=[0.7, 0.2, 0.1])
    factor = np.where(rng.random(rows) < 0.7, 100, rng.integers(20, 190, rows))
    return {
        "project": np.arange(rows, dtype=np.int64) // 7,
        "sign": sign.astype(np.int64),
        "actual": target * factor // 100,
        "target": target,
        "points": rng.choice(POINTS, rows).astype(np.int64),
    }


def grades(totals: np.ndarray) -> np.ndarray:
    """Grades of totals that are scaled to a hundred per project."""
    return np.searchsorted([6000, 8000, 9000], totals, side="right")


def _ready(given: Job, compiled: bool) -> tuple[Any, tuple[np.ndarray, ...]]:
    """The kernel, warm, and the columns it takes."""
    from evaluator.batch.clauses import code, keys_of
    from evaluator.batch.kernel import Kernel
    from evaluator.batch.pairs import OPS
    from tests.oracle import found_policies

    kernel = Kernel(keys_of([found_policies()["cn-2020-10"]]), compiled=compiled)
    ops = np.array([OPS.index((sign, sign)) for sign in SIGNS], dtype=np.int8)[given["sign"]]
    none = np.zeros(len(ops), dtype=np.int8)
    columns = (code(none, none, ops), given["points"].astype(np.int32), given["actual"], given["target"])
    kernel.run(*(column[:9] for column in columns))
    return kernel, columns


def _kernel(given: Job, compiled: bool) -> Callable[[], np.ndarray]:
    kernel, columns = _ready(given, compiled)
    starts = np.flatnonzero(np.diff(given["project"], prepend=-1))

    def run() -> np.ndarray:
        earned, _ = kernel.run(*columns)
        return np.add.reduceat(earned.astype(np.int64), starts)

    return run


def _rows_alone(given: Job, threads: int) -> Callable[[], np.ndarray]:
    """The kernel without the totals of projects, its rows shared out among threads: what stands beside `copy_floor`."""
    kernel, columns = _ready(given, True)
    shares = [slice(part[0], part[-1] + 1) for part in np.array_split(np.arange(len(columns[0])), threads)]
    pool = ThreadPoolExecutor(threads)

    def run() -> np.ndarray:
        for _ in pool.map(lambda share: kernel.run(*(column[share] for column in columns)), shares):
            pass
        return np.zeros(0)

    return run


def rows_alone(given: Job) -> Callable[[], np.ndarray]:
    return _rows_alone(given, 1)


def rows_of_two(given: Job) -> Callable[[], np.ndarray]:
    return _rows_alone(given, 2)


def ours_numba(given: Job) -> Callable[[], np.ndarray]:
    return _kernel(given, True)


def ours_numpy(given: Job) -> Callable[[], np.ndarray]:
    return _kernel(given, False)


def copy_floor(given: Job) -> Callable[[], np.ndarray]:
    """Reading and writing the same bytes and nothing else."""
    sources = [given[name] for name in ("sign", "actual", "target", "points")]
    targets = [np.empty_like(one) for one in sources]

    def run() -> np.ndarray:
        for one, other in zip(sources, targets, strict=True):
            np.copyto(other, one)
        return targets[0][:0]

    return run


def plain_decimal(given: Job) -> Callable[[], np.ndarray]:
    columns = [given[name].tolist() for name in ("project", "sign", "actual", "target", "points")]

    def run() -> np.ndarray:
        totals = [Decimal(0)] * (columns[0][-1] + 1)
        cent = Decimal("0.01")
        for project, sign, actual, target, points in zip(*columns, strict=True):
            worth = Decimal(points) / 100
            if (actual <= target) if sign == 1 else (actual >= target):
                totals[project] += worth
            else:
                part = Decimal(target) / actual if sign == 1 else Decimal(actual) / target
                totals[project] += (worth * part).quantize(cent, ROUND_HALF_UP)
        return np.array([int(one * 100) for one in totals])

    return run


def pandas_float(given: Job) -> Callable[[], np.ndarray]:
    import pandas as pd

    frame = pd.DataFrame(given).assign(points=given["points"] / 100)

    def run() -> np.ndarray:
        down = frame["sign"] == 1
        reached = (frame["actual"] / frame["target"]).where(~down, frame["target"] / frame["actual"].clip(lower=1))
        earned = (frame["points"] * reached.clip(upper=1)).round(2)
        return np.rint(earned.groupby(frame["project"]).sum().to_numpy() * 100).astype(np.int64)

    return run


def polars_float(given: Job) -> Callable[[], np.ndarray]:
    import polars as pl

    frame = pl.DataFrame(given).with_columns(points=pl.col("points") / 100)

    def run() -> np.ndarray:
        up, down = pl.col("actual") / pl.col("target"), pl.col("target") / pl.col("actual")
        earned = (pl.col("points") * pl.when(pl.col("sign") == 1).then(down).otherwise(up).clip(upper_bound=1)).round(2)
        made = frame.lazy().group_by("project").agg(earned.sum().alias("total")).sort("project").collect()
        return np.rint(made["total"].to_numpy() * 100).astype(np.int64)

    return run


def duckdb_float(given: Job) -> Callable[[], np.ndarray]:
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.register("given", pa.table({**given, "points": given["points"] / 100}))
    connection.execute("create table rows as select * from given")
    query = """select project, sum(round(points * least(1, case when sign = 1 then target::double / actual
               else actual::double / target end), 2)) total from rows group by project order by project"""

    def run() -> np.ndarray:
        return np.rint(connection.execute(query).fetchnumpy()["total"] * 100).astype(np.int64)

    return run


def openfisca(given: Job) -> Callable[[], np.ndarray]:
    from openfisca_core import periods
    from openfisca_core.entities import Entity
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    row = Entity("row", "rows", "row", "")
    made: dict[str, Any] = {"value_type": float, "entity": row, "definition_period": periods.DateUnit.YEAR}
    inputs = [type(name, (Variable,), dict(made)) for name in ("sign", "actual", "target", "points")]

    def formula(rows: Any, period: Any, parameters: Any) -> Any:
        sign, actual, target, points = (rows(name, period) for name in ("sign", "actual", "target", "points"))
        reached = np.where(sign == 1, target / np.maximum(actual, 1), actual / target)
        return np.round(points * np.minimum(reached, 1), 2)

    system = TaxBenefitSystem([row])
    for variable in (*inputs, type("earned", (Variable,), {**made, "formula": formula})):
        system.add_variable(variable)

    def run() -> np.ndarray:
        simulation = SimulationBuilder().build_default_simulation(system, len(given["sign"]))
        for name in ("sign", "actual", "target"):
            simulation.set_input(name, "2024", given[name])
        simulation.set_input("points", "2024", given["points"] / 100)
        earned = simulation.calculate("earned", "2024")
        return np.rint(np.bincount(given["project"], weights=earned) * 100).astype(np.int64)

    return run


def rule_engine_(given: Job) -> Callable[[], np.ndarray]:
    import rule_engine

    met = rule_engine.Rule("(sign == 1 and actual <= target) or (sign != 1 and actual >= target)")
    columns = [given[name].tolist() for name in ("project", "sign", "actual", "target", "points")]

    def run() -> np.ndarray:
        totals = [0] * (columns[0][-1] + 1)
        for project, sign, actual, target, points in zip(*columns, strict=True):
            full = met.matches({"sign": sign, "actual": actual, "target": target})
            totals[project] += points if full else _part(sign, actual, target, points)
        return np.array(totals)

    return run


def _part(sign: int, actual: int, target: int, points: int) -> int:
    num, den = (target, actual) if sign == 1 else (actual, target)
    return (2 * points * num + den) // (2 * den)


def zen_graph(given: Job) -> Callable[[], np.ndarray]:
    """As its users write decisions: a graph with an expression node."""
    import json

    from zen import ZenEngine

    part = "sign == 1 ? (actual <= target ? 1 : target / actual) : (actual >= target ? 1 : actual / target)"
    expressions = [
        {"id": "1", "key": "part", "value": part},
        {"id": "2", "key": "earned", "value": "floor(points * $.part + 0.5)"},
    ]
    content = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in"},
            {"id": "e", "type": "expressionNode", "name": "e", "content": {"expressions": expressions}},
            {"id": "out", "type": "outputNode", "name": "out"},
        ],
        "edges": [
            {"id": "a", "type": "edge", "sourceId": "in", "targetId": "e"},
            {"id": "b", "type": "edge", "sourceId": "e", "targetId": "out"},
        ],
    }
    decision = ZenEngine().create_decision(json.dumps(content))
    columns = [given[name].tolist() for name in ("project", "sign", "actual", "target", "points")]

    def run() -> np.ndarray:
        totals = [0] * (columns[0][-1] + 1)
        for project, sign, actual, target, points in zip(*columns, strict=True):
            told = decision.evaluate({"sign": sign, "actual": actual, "target": target, "points": points})
            totals[project] += int(told["result"]["earned"])
        return np.array(totals)

    return run


def zen(given: Job) -> Callable[[], np.ndarray]:
    from zen import compile_expression

    earned = compile_expression(
        "sign == 1 ? (actual <= target ? points : floor(points * target / actual + 0.5))"
        " : (actual >= target ? points : floor(points * actual / target + 0.5))"
    )
    columns = [given[name].tolist() for name in ("project", "sign", "actual", "target", "points")]

    def run() -> np.ndarray:
        totals = [0] * (columns[0][-1] + 1)
        for project, sign, actual, target, points in zip(*columns, strict=True):
            told = earned.evaluate({"sign": sign, "actual": actual, "target": target, "points": points})
            totals[project] += int(told)
        return np.array(totals)

    return run


def clips_(given: Job) -> Callable[[], np.ndarray]:
    """A new environment every 7,000 rows: in one that lives on, each fact takes longer than the one before."""
    import clips

    totals: list[int] = []

    def add(project: int, points: int) -> None:
        totals[project] += points

    def environment() -> Any:
        made = clips.Environment()
        made.build("(deftemplate row (slot id) (slot project) (slot sign) (slot actual) (slot target) (slot points))")
        made.define_function(add)
        met = "(or (and (= ?s 1) (<= ?a ?t)) (and (<> ?s 1) (>= ?a ?t)))"
        head = "(row (project ?p) (sign ?s) (actual ?a) (target ?t) (points ?w))"
        part = "(div (+ (* 2 (* ?w {0})) {1}) (* 2 {1}))"
        made.build(f"(defrule full {head} (test {met}) => (add ?p ?w))")
        made.build(f"(defrule up {head} (test (and (<> ?s 1) (< ?a ?t))) => (add ?p {part.format('?a', '?t')}))")
        made.build(f"(defrule down {head} (test (and (= ?s 1) (> ?a ?t))) => (add ?p {part.format('?t', '?a')}))")
        return made

    columns = [given[name].tolist() for name in ("project", "sign", "actual", "target", "points")]

    def run() -> np.ndarray:
        totals[:] = [0] * (columns[0][-1] + 1)
        engine, last = environment(), 0
        template = engine.find_template("row")
        for number, (project, sign, actual, target, points) in enumerate(zip(*columns, strict=True)):
            if project != last:
                engine.run()
                if project % 1000 == 0:
                    engine = environment()
                    template = engine.find_template("row")
                engine.reset()
                last = project
            template.assert_fact(id=number, project=project, sign=sign, actual=actual, target=target, points=points)
        engine.run()
        return np.array(totals)

    return run


def durable(given: Job) -> Callable[[], np.ndarray]:
    from durable.engine import Host

    fired: list[tuple[str, Any]] = []

    class Quiet(Host):  # type: ignore[misc]
        def _run(self) -> None:
            return None

        def get_action(self, action_name: str) -> Callable[[Any], None]:
            return lambda closure: fired.append((action_name, closure._m["m"]))

    host = Quiet()
    less = {"$lt": {"delta": 0}}
    host.register_rulesets({"job": {
        "full": {"all": [{"m": {"$and": [{"kind": "row"}, {"$gte": {"delta": 0}}]}}], "run": "full"},
        "part": {"all": [{"m": {"$and": [{"kind": "row"}, less]}}], "run": "part"},
    }})  # fmt: skip
    columns = [given[name].tolist() for name in ("project", "sign", "actual", "target", "points")]

    def run() -> np.ndarray:
        totals = [0] * (columns[0][-1] + 1)
        for number, (project, sign, actual, target, points) in enumerate(zip(*columns, strict=True)):
            delta = target - actual if sign == 1 else actual - target
            message = {"sid": "1", "id": number + 1, "kind": "row", "delta": delta}
            host.assert_fact("job", message)
            for name, _ in fired:
                totals[project] += points if name == "full" else _part(sign, actual, target, points)
            fired.clear()
            host.retract_fact("job", message)
        return np.array(totals)

    return run


# engine -> how to make it, exact or float, the most rows it is asked for
PEERS: dict[str, tuple[Callable[[Job], Callable[[], np.ndarray]], str, int]] = {
    "只复制内存（下限）": (copy_floor, "—", 7_000_000),
    "ziping 逐行得分（numba，不合计，1 线程）": (rows_alone, "精确", 7_000_000),
    "ziping 逐行得分（numba，不合计，2 线程）": (rows_of_two, "精确", 7_000_000),
    "ziping（numba，1 线程）": (ours_numba, "精确", 7_000_000),
    "ziping（numpy，1 线程）": (ours_numpy, "精确", 7_000_000),
    "polars": (polars_float, "浮点", 7_000_000),
    "duckdb": (duckdb_float, "浮点", 7_000_000),
    "pandas": (pandas_float, "浮点", 7_000_000),
    "openfisca-core": (openfisca, "浮点", 7_000_000),
    "Python Decimal": (plain_decimal, "十进制", 700_000),
    "CLIPS（clipspy）": (clips_, "精确", 70_000),
    "zen-engine（决策图）": (zen_graph, "十进制", 7_000),
    "zen-engine（编译的表达式）": (zen, "十进制", 70_000),
    "durable_rules": (durable, "精确", 70_000),
    "rule-engine": (rule_engine_, "精确", 70_000),
}
