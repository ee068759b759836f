"""The parts of the rule book about rules: policies with their clauses, finding rules, and diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from evaluator.checking.catalogue import DiagnosticPage
from evaluator.comparators import DOWNWARD, UPWARD, directed
from evaluator.errors import Where
from evaluator.findings.conditions import Ready, Test, make_ready
from evaluator.findings.facts import FACTS, KINDS, PLACEHOLDER
from evaluator.findings.fields import Field
from evaluator.findings.rulechecks import HOLDS
from evaluator.handbook.clausewords import chain, clause_says, written_in
from evaluator.handbook.coverage import JUDGING, Coverage
from evaluator.handbook.glossary import CHAPTERS, Term
from evaluator.model import Basis, FindingRule
from evaluator.pages import Grid, Line, Link, Section, Text, Topic, chapter, joined, labelled, snippet, tabulated
from evaluator.policies.bases import cited
from evaluator.policies.proofs import prove
from evaluator.policy import CLAUSES, Policy

Found = TypeVar("Found")
# The fields of facts that come from a clause, and from a word of comparison: what leads a rule to them and back.
OF_CLAUSE = {
    ("outcome", "above_equal"): "equality",
    ("outcome", "over"): "over_fulfilment",
    ("outcome", "deducted"): "over_fulfilment",
    ("outcome", "edge"): "quantitative",
    ("outcome", "rounded_up"): "rounding",
    ("outcome", "attainment"): "quantitative",
    ("outcome", "cause"): "reasons",
    ("outcome", "remedy"): "reasons",
    ("project", "execution_explained"): "execution",
    ("project", "execution_low"): "execution",
    ("project", "execution_rate"): "execution",
    ("project", "spent"): "execution",
    ("project", "capped"): "caps",
    ("project", "score"): "grades",
    ("table", "portions_kept"): "allocation",
    ("indicator", "share"): "allocation",
    ("indicator", "standard_given"): "qualitative",
    ("grade", "grade"): "use_of_results",
    ("project", "raised"): "not_applicable",
    ("grade", "rectify"): "use_of_results",
    ("grade", "cut"): "use_of_results",
}
OF_WORD = {
    **{(kind, name): clause["comparator"] for (kind, name, _), clause in HOLDS.items() if "comparator" in clause},
    ("indicator", "sign_against_name"): (*UPWARD, *DOWNWARD),
    ("indicator", "deadline_in_percent"): ("期限",),
    ("indicator", "after_year"): ("期限",),
    ("indicator", "standard_given"): directed("stated"),
}


def policy_anchor(policy: str, clause: str = "") -> str:
    """The anchor of a policy, or of one of its clauses."""
    return f"policy-{policy}" + (f"-{clause}" if clause else "")


def rule_anchor(rule: str) -> str:
    """The anchor of a finding rule."""
    return f"finding-{rule}"


def word_anchor(word: str) -> str:
    """The anchor of a word of comparison, by its code points, since anchors are plain."""
    return "word-" + "-".join(f"{ord(char):x}" for char in word)


def term_anchor(number: int) -> str:
    """The anchor of a term by its number, from 0."""
    return f"term-{number + 1}"


def place_words(where: Where | None) -> str:
    """A place in words: file and line."""
    return f"{where.path}:{where.line}" if where and where.line else str(where or "—")


def base(policies: Iterable[Policy]) -> str:
    """The policy that others extend: where a clause is looked up when no policy is named."""
    listed = list(policies)
    used = [policy.extends for policy in listed if policy.extends]
    return max(used, key=used.count) if used else listed[0].id


def home_of(policies: dict[str, Policy], name: str) -> str:
    """The policy a clause is looked up in: the one others extend, or the first that has it where that one has not."""
    home = base(policies.values())
    having = [policy.id for policy in policies.values() if name in policy.clauses]
    return home if home in having or not having else having[0]


# ---- policies ----------------------------------------------------------------------------------------------------


def policies_chapter(
    policies: dict[str, Policy], rules: Sequence[FindingRule], terms: Sequence[Term], covered: Coverage
) -> Section:
    """Every policy with its effective clauses and proofs, and the clauses in which policies differ side by side."""
    tested = rules_by(rules, clauses_of_rule)
    named = {name: [n for n, term in enumerate(terms) if name in term.see] for name in CLAUSES}
    topics = [_side_by_side(policies)] if len(policies) > 1 else []
    for policy in policies.values():
        clauses = (_clause(policy, name, policies, tested, named, terms, covered) for name in policy.clauses)
        parts = (*clauses, _proofs(policy))
        topics.append(Topic(policy_anchor(policy.id), policy.title, (policy.id,), (_facts(policy, policies),), parts))
    about = "评分办法定下分值怎样分、完成率怎样换算成得分、总分怎样评等级。下列句子由引擎实际执行的规则文件生成，数字与执行的一致。"
    return chapter("policies", CHAPTERS["policies"], (Line(about),), topics)


def _facts(policy: Policy, policies: dict[str, Policy]) -> Grid:
    until = f"{policy.in_force.to} 年" if policy.in_force.to else "今"
    parents = [Link(f"{above.title}（{above.id}）", policy_anchor(above.id)) for above in chain(policy, policies)[1:]]
    own = [
        Link(CLAUSES[name], policy_anchor(policy.id, name))
        for name in policy.clauses
        if written_in(policy, name, policies) is policy
    ]
    return labelled((
        ("编号", policy.id),
        ("适用", f"{policy.in_force.region}，{policy.in_force.start} 年至{until}"),
        ("沿用", joined(parents, " → ", "不沿用其他办法")),
        ("本文件写明的条款", joined(own)),
        ("规则文件", place_words(policy.where)),
        *([("说明", policy.note)] if policy.note else []),
    ))  # fmt: skip


def _clause(
    policy: Policy,
    name: str,
    policies: dict[str, Policy],
    tested: Mapping[str, Sequence[FindingRule]],
    named: Mapping[str, Sequence[int]],
    terms: Sequence[Term],
    covered: Coverage,
) -> Topic:
    clause, origin = policy.clauses[name], written_in(policy, name, policies)
    there = ("沿用 ", Link(f"{origin.title}（{origin.id}）", policy_anchor(origin.id, name)))
    own, reached = origin is policy, covered.of(policy.id, name)
    rows: list[tuple[str, Text]] = [
        ("内容", "\n".join(clause_says(policy, name))),
        ("依据", cited(clause)),
        ("写在", (*(("本文件",) if own else there), f"　{place_words(clause.where)}")),
    ]
    if own and clause.note:
        rows.append(("说明", clause.note))
    if own and (rules := tested.get(name)):
        rows.append(("问题规则", joined([rule_link(rule) for rule in rules])))
    if own and (numbers := named[name]):
        rows.append(("名词", joined([Link(terms[number].term, term_anchor(number)) for number in numbers])))
    if reached:
        rows.append(("情景", "；".join(f"{point.says} {point.scenarios} 个" for point in reached)))
    beside = (policy.id, clause.known)
    return Topic(policy_anchor(policy.id, name), CLAUSES[name], beside, (labelled(rows),))


def _proofs(policy: Policy) -> Topic:
    rows = tuple(
        (Link(proof.title, policy_anchor(policy.id, proof.clause)), proof.says,
         "成立" if proof.holds else "不成立", proof.evidence)
        for proof in prove(policy)
    )  # fmt: skip
    about = Line("每条由条款各段两端的数字推出，不是抽样试算。")
    blocks = (about, tabulated(("条款", "所证", "结论", "数据"), (14, 36, 8, 42), rows))
    return Topic(f"{policy_anchor(policy.id)}-proofs", "证明", (policy.id,), blocks)


def _side_by_side(policies: dict[str, Policy]) -> Topic:
    """The clauses that differ, a column for each policy; what a policy takes over is said in one word."""
    rows: list[tuple[Text, ...]] = []
    same: list[str] = []
    for name in CLAUSES:
        having = [policy for policy in policies.values() if name in policy.clauses]
        if len({written_in(policy, name, policies).id for policy in having}) == 1 and len(having) == len(policies):
            same.append(name)
        if name in same or not having:
            continue
        cells: list[Text] = [Link(CLAUSES[name], policy_anchor(home_of(policies, name), name))]
        for policy in policies.values():
            if policy not in having:
                cells.append("没有写")
                continue
            origin = written_in(policy, name, policies)
            own = "\n".join([*clause_says(policy, name), cited(getattr(policy, name))])
            cells.append(own if origin is policy else ("同 ", Link(origin.id, policy_anchor(origin.id, name))))
        rows.append(tuple(cells))
    widths = (10, *(90 // len(policies) for _ in policies))
    heads = ("条款", *(policy.title for policy in policies.values()))
    rest = Line(f"其余条款（{'、'.join(CLAUSES[name] for name in same)}）各办法相同。")
    table = tabulated(heads, widths, rows)
    return Topic("policies-side-by-side", "各办法的不同之处", (), (table, rest) if same else (table,))


# ---- finding rules -----------------------------------------------------------------------------------------------


def rule_link(rule: FindingRule) -> Text:
    """A rule by its id and title, leading to it."""
    return Link(f"{rule.id} {rule.title}", rule_anchor(rule.id))


def rules_by(
    rules: Sequence[FindingRule], names_of: Callable[[FindingRule], list[str]]
) -> dict[str, list[FindingRule]]:
    """The rules by what they are about: the clauses whose decisions they test, or the words of comparison."""
    grouped: dict[str, list[FindingRule]] = {}
    for rule in rules:
        for name in names_of(rule):
            grouped.setdefault(name, []).append(rule)
    return grouped


def clauses_of_rule(rule: FindingRule) -> list[str]:
    """The clauses whose decisions a rule tests."""
    return _of(rule, OF_CLAUSE)


def words_of_rule(rule: FindingRule) -> list[str]:
    """The words of comparison that a rule names, or that alone can bring what it tests."""
    named = [str(wanted["comparator"]) for kind, wanted in rule.when.items() if "comparator" in wanted]
    return list(dict.fromkeys([*named, *(str(word) for words in _of(rule, OF_WORD) for word in words)]))


def _of(rule: FindingRule, table: Mapping[tuple[str, str], Found]) -> list[Found]:
    keys = [(kind, name) for kind, wanted in rule.when.items() for name in wanted]
    return list(dict.fromkeys(table[key] for key in keys if key in table))


def findings_chapter(
    policies: dict[str, Policy], rules: Sequence[FindingRule], pages: Mapping[str, DiagnosticPage], covered: Coverage
) -> Section:
    """Every finding rule by its id."""
    homes = {name: home_of(policies, name) for name in CLAUSES}
    about = "条件全部成立时写出一个问题。条件后面括号里是事实的名字，规则文件里就这样写。错误在更正前不得报送；警告须说明；提示供参考。"
    entries = tuple(_rule(ready, homes, pages, covered) for ready in make_ready(rules))
    return chapter("findings", CHAPTERS["findings"], (Line(about),), entries)


def _rule(ready: Ready, homes: Mapping[str, str], pages: Mapping[str, DiagnosticPage], covered: Coverage) -> Topic:
    rule = ready.rule
    clauses = [Link(CLAUSES[name], policy_anchor(homes[name], name)) for name in clauses_of_rule(rule)]
    words = [Link(word, word_anchor(word)) for word in words_of_rule(rule)]
    fired, silent = covered.of(JUDGING, rule.id)
    rows: list[tuple[str, Text]] = [
        ("针对", "绩效目标" if rule.about == "target" else "完成情况和得分"),
        ("条件", "\n".join(conditions(ready))),
        ("说法", template_words(rule.say)),
        ("处理办法", template_words(rule.remedy)),
        ("依据", based_on(rule.basis)),
        *([("限制等级", (f"等级不高于“{rule.caps}”，见", Link("等级划分", policy_anchor(homes["grades"], "grades"))))] if rule.caps else []),
        *([("条款", joined(clauses))] if clauses else []),
        *([("比较方式", joined(words))] if words else []),
        *([("诊断", Link(f"{rule.id} {pages[rule.id].title}", page_anchor(rule.id)))] if rule.id in pages else []),
        ("情景", f"触发 {fired.scenarios} 个，核对不触发 {silent.scenarios} 个"),
        ("规则文件", place_words(rule.where)),
    ]  # fmt: skip
    return Topic(rule_anchor(rule.id), rule.title, (rule.id, rule.severity), (labelled(rows),))


def conditions(ready: Ready) -> list[str]:
    """The conditions of a rule in words, a line for each kind of fact."""
    lines = []
    for clause in ready.clauses:
        fields = FACTS[clause.kind]
        tests = [f"{_asked(test, fields[test.field])}（{clause.kind}.{test.field}）" for test in clause.tests]
        lines.append(f"{KINDS[clause.kind]}：{'，'.join(tests) or f'有即可（{clause.kind}）'}")
    return lines


def _asked(test: Test, declared: Field) -> str:
    """One test in words: 完成率 <60%, 缺实际完成值为“否”."""
    said = test.shown(declared)
    return f"{declared.chinese}为“{said}”" if test.op == "is" else f"{declared.chinese} {said}"


def template_words(template: str) -> str:
    """A template with the Chinese names of what is put in: {outcome.name} is 【指标名称】."""
    return PLACEHOLDER.sub(lambda match: f"【{FACTS[match[1]][match[2]].chinese}】", template)


def based_on(basis: Basis) -> str:
    """Where a rule comes from, with its note."""
    return cited(basis) + (f"。{basis.note}" if basis.note else "")


# ---- diagnostics -------------------------------------------------------------------------------------------------


def page_anchor(code: str) -> str:
    """The anchor of a diagnostic."""
    return f"diagnostic-{code}"


def diagnostics_chapter(pages: Mapping[str, DiagnosticPage], rules: Mapping[str, FindingRule]) -> Section:
    """Every page of the catalogue, topics one after another."""
    topics = list(dict.fromkeys(page.topic for page in pages.values()))
    entries = tuple(_page(page, rules) for topic in topics for page in pages.values() if page.topic == topic)
    about = "ziping check 报告的每一种毛病。示例中“有毛病”的写法会引出这个编号，换成“改好”的写法就不再报告。"
    return chapter("diagnostics", CHAPTERS["diagnostics"], (Line(about),), entries)


def _page(page: DiagnosticPage, rules: Mapping[str, FindingRule]) -> Topic:
    rows: list[tuple[str, Text]] = [
        ("主题", page.topic),
        ("查什么", page.what),
        ("为什么", page.why),
        ("处理办法", template_words(page.remedy)),
        *([("自动改正", "ziping check --fix 能改")] if page.fixable else []),
        *([("依据", based_on(page.basis))] if page.basis else []),
        *([("问题规则", rule_link(rules[page.code]))] if page.code in rules else []),
        *([("示例所在", page.example.file)] if page.example.file else []),
    ]
    blocks = (labelled(rows), snippet("有毛病", page.example.wrong), snippet("改好", page.example.right))
    return Topic(page_anchor(page.code), page.title, (page.code, page.severity), blocks)
