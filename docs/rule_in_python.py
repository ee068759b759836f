"""示例：用 Python 写的一条问题规则，同一条在 docs/rules.md 里另有 YAML 的写法。"""

from evaluator import rule


@rule(
    id="F901",
    title="完成率很低而未附说明材料",
    severity="警告",
    when={"outcome": {"full": False, "missing": False, "attainment": {"lt": "60%"}}},
    remedy="附会议纪要或情况说明",
)
def far_below():
    """“{outcome.name}”指标值{outcome.target}，实际完成{outcome.actual}，完成率只有{outcome.attainment}"""
