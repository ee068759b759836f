"""The rulebook: everything under rules/, read with every problem at once, and its digest."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from evaluator.documents.faults import Scope, Whose, whose_of
from evaluator.documents.loading import Mapping, read_document
from evaluator.documents.validation import as_model, place, read_model
from evaluator.documents.written import Written
from evaluator.errors import Problem, RuleProblems, UsageProblem, Where, nearest_of_place
from evaluator.figures import points
from evaluator.files.digests import digest_of, digest_of_text, text_of, text_of_named
from evaluator.files.snapshot import Snapshot, reading
from evaluator.findings.conditions import check_finding_rules
from evaluator.findings.fields import OF_REVIEW
from evaluator.findings.rulechecks import check_rules
from evaluator.model import EXECUTION, ITEM_GOALS, Department, FindingRule, Indicator, Project, Table
from evaluator.policies.bases import check_bases
from evaluator.policies.policychecks import NATIONAL, WHOLE, check_clauses, check_use, check_years, covers, unread
from evaluator.policies.twice import again, once, same_document
from evaluator.policy import CLAUSES, Policy
from evaluator.reviewing.scale import ReviewScale, read_review_scales
from evaluator.rulebook.goalchecks import check_budget, check_department, check_links, check_project
from evaluator.rulebook.standards import check_accepted, settled
from evaluator.rulebook.unanswered import read_answered


class FindingFile(Written):
    """A file of finding rules."""

    findings: list[FindingRule]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Policies by id, projects and departments by (year, code), finding rules; `digest` names its content.

    `reviews` are the review scales by id: no self-evaluation is scored by them, so the digest is without them.
    `waiting` are the codes of tables that are there and cannot be used until what is wrong in their files is mended;
    `whose` says whose each file of goals is, by its path, `files` are those it was read from, as they were. `scope` is what
    it was opened for, `notes` what it is without.
    """

    policies: dict[str, Policy]
    projects: dict[tuple[int, str], Project]
    departments: dict[tuple[int, str], Department]
    findings: tuple[FindingRule, ...]
    digest: str
    waiting: frozenset[str] = frozenset()
    reviews: dict[str, ReviewScale] = field(default_factory=dict)
    files: Snapshot = field(default_factory=Snapshot, compare=False, repr=False)
    whose: Map[str, frozenset[Whose]] = field(default_factory=dict, compare=False, repr=False)
    scope: Scope | None = None
    notes: tuple[Problem, ...] = ()

    @property
    def tables(self) -> list[Table]:
        """Every goal table, projects before departments."""
        return [*self.projects.values(), *self.departments.values()]

    def policy_for(self, table: Table, named: str | None = None) -> Policy:
        """The policy named on the command, by the table, or the national one in force in the table's year.

        Raises UsageProblem (U201, U202) when there is none.
        """
        wanted = named or table.policy
        if wanted:
            if wanted not in self.policies:
                known = sorted(self.policies)
                raise UsageProblem(
                    [
                        Problem(
                            "U201", f"没有评分办法“{wanted}”", None, "、".join(known), nearest_of_place(wanted, known)
                        )
                    ]
                )
            return self.policies[wanted]
        in_force = [p for p in self.policies.values() if p.in_force.region == NATIONAL and covers(p, table.year)]
        if not in_force:
            raise UsageProblem([Problem("U202", f"{table.year} 年没有在用的全国评分办法，请指定一个", table.where)])
        return max(in_force, key=lambda policy: (policy.in_force.start, policy.id))


def load_rulebook(rules: str | Path, shared: Path | None = None) -> Rulebook:
    """Load a rules/ folder, with the policies and finding rules of `shared`; raises RuleProblems with all errors."""
    rulebook, problems = read_rulebook(Path(rules), shared)
    refuse(problems)
    return rulebook


def digest_of_rules(
    policies: Map[str, Policy],
    projects: Map[tuple[int, str], Project],
    departments: Map[tuple[int, str], Department],
    findings: Iterable[FindingRule],
) -> str:
    """What names the content of rules; those that only a review can make fire are no part of a self-evaluation's."""
    scoring = (rule for rule in findings if not OF_REVIEW & rule.when.keys())
    by_id = sorted(scoring, key=lambda rule: rule.id)  # not by file: a file may be renamed
    rules = ",".join(text_of(rule) for rule in by_id)
    parts = text_of_named(departments), rules, text_of_named(policies), text_of_named(projects)
    return digest_of_text('{{"departments":{},"findings":[{}],"policies":{},"projects":{}}}'.format(*parts))


def with_findings(rulebook: Rulebook, more: Iterable[FindingRule]) -> Rulebook:
    """A rulebook with more finding rules, named by what it holds then."""
    findings = (*rulebook.findings, *more)
    digest = digest_of_rules(rulebook.policies, rulebook.projects, rulebook.departments, findings)
    return replace(rulebook, findings=findings, digest=digest)


def refuse(problems: Iterable[Problem]) -> None:
    """Raise RuleProblems with the errors there are; warnings and notes stop nothing."""
    if errors := [problem for problem in problems if problem.severity == "错误"]:
        raise RuleProblems(errors)


def read_rulebook(rules: Path, shared: Path | None = None) -> tuple[Rulebook, list[Problem]]:
    """Read as much as can be read, and every problem; what `check` shows."""
    with reading() as files:
        return _read(rules, shared, files)


def _read(rules: Path, shared: Path | None, files: Snapshot) -> tuple[Rulebook, list[Problem]]:
    problems: list[Problem] = []
    folders = list(dict.fromkeys(root.resolve() for root in (shared, rules) if root))
    policies = _policies(folders, problems)
    projects: dict[tuple[int, str], Project] = {}
    departments: dict[tuple[int, str], Department] = {}
    in_folders: list[list[FindingRule]] = []
    for folder in folders:
        in_folders.append([])
        for path, shown in _files([folder], "findings/*.y*ml"):
            finding_file, faults = read_model(FindingFile, path, shown)
            problems += faults
            in_folders[-1] += finding_file.findings if finding_file else []
    findings, faults = once(in_folders)
    problems += faults
    problems += check_finding_rules(findings) or check_rules(findings, policies.values())
    reviews, faults = read_review_scales(folders)
    problems += faults
    problems += check_bases(findings)
    waiting: set[str] = set()
    whose: dict[str, frozenset[Whose]] = {}
    goals = folders[-1] / "projects"
    for path, shown in _files(folders[-1:], "projects/**/*.y*ml"):
        kind: type[Table] = Department if path.stem == "department" else Project
        table, faults, document = read_answered(kind, path, shown)
        problems += faults
        whose[shown] = whose_of(path.relative_to(goals).parts[:-1], document)
        if table is None:
            code = str(document.get("code")) if isinstance(document, Mapping) else ""
            waiting |= {path.parent.name} if kind is Department else {path.stem, code}
        elif isinstance(table, Department):
            if _is_new(departments, (table.year, table.unit.code), table, problems, whose):
                problems += check_department(table, indicators_of(table))
        elif _is_new(projects, (table.year, table.code), table := settled(table), problems, whose):
            problems += check_project(table)
    digest = digest_of_rules(policies, projects, departments, findings)
    rulebook = Rulebook(
        policies, projects, departments, tuple(findings), digest, frozenset(waiting), reviews, files, whose
    )
    problems += _check_examples(rulebook)
    for table in rulebook.tables:
        problems += _check_policy(table, rulebook)
    for department in departments.values():
        mine = [
            project
            for project in projects.values()
            if (project.year, project.unit.code) == (department.year, department.unit.code)
        ]
        problems += check_budget(department, [] if waiting else mine)
        problems += check_links(department, {code for year, code in projects if year == department.year} | waiting)
    return rulebook, problems


def read_policies(folders: Iterable[Path]) -> Rulebook:
    """Only the policies of these rules/ folders; raises RuleProblems when they cannot be used."""
    problems: list[Problem] = []
    policies = _policies(list(dict.fromkeys(folder.resolve() for folder in folders)), problems)
    refuse(problems)
    return Rulebook(policies, {}, {}, (), digest_of(policies))


def _files(roots: list[Path], pattern: str) -> Iterator[tuple[Path, str]]:
    for root in roots:
        for path in sorted(root.glob(pattern)):
            yield path, f"{root.name}/{path.relative_to(root).as_posix()}"


def _is_new(
    seen: dict[Any, Any], key: tuple[int, str], table: Any, problems: list[Problem], whose: dict[str, frozenset[Whose]]
) -> bool:
    if key in seen:
        if (first := seen[key].where) and table.where:  # which of the two is meant nobody knows
            whose[table.where.path] |= whose[first.path]
        problems.append(Problem("R104", f"{key[0]} 年的编码“{key[1]}”重复，先见于 {seen[key].where}", table.where))
        return False
    seen[key] = table
    return True


# ---- policies ----------------------------------------------------------------------------------------------------

OWN = Policy.model_fields.keys() - CLAUSES.keys()  # keys of a policy file that are not clauses


def _policies(roots: list[Path], problems: list[Problem]) -> dict[str, Policy]:
    documents: dict[str, Mapping] = {}
    own: set[str] = set()  # of the last folder: what was not read of the product's files, its own check tells
    for path, shown in _files(roots, "policies/*.y*ml"):
        document, faults = read_document(path, shown)
        problems += faults
        if not isinstance(document, Mapping) or not isinstance(document.get("id"), str):
            if not faults:
                problems.append(Problem("R102", "评分办法缺少“id”", Where(shown)))
        elif first := documents.get(document["id"]):
            apart = path.is_relative_to(roots[-1]) and document["id"] not in own
            if not (apart and same_document(first, document)):
                called = f"评分办法“{document['id']}”"
                problems.append(again("R104", called, first.where, place(document, ("id",)), apart))
        else:
            documents[document["id"]] = document
            own |= {document["id"]} if path.is_relative_to(roots[-1]) else set()
    policies: dict[str, Policy] = {}
    for name, document in documents.items():
        merged = with_parents(document, documents, OWN, problems)
        if merged is None:
            continue
        policy, faults = as_model(Policy, merged)
        problems += [problem for problem in faults if problem not in problems]
        if policy:
            policies[name] = policy
            doubts = chain(_check_allocation(policy), check_clauses(policy), check_bases(policy))
            problems += [problem for problem in doubts if problem not in problems]
    problems += check_years(policies, documents)
    problems += unread((policy for name, policy in policies.items() if name in own), documents)
    return policies


def with_parents(
    document: Mapping,
    documents: dict[str, Mapping],
    own: Container[str],
    problems: list[Problem],
    kind: str = "评分办法",
) -> Mapping | None:
    """The document of a policy (`kind`) with the clauses it does not replace taken from its parent, whole; `own` are the
    keys that are no clauses."""
    line = [document]
    while (parent := line[-1].get("extends")) is not None:
        at = place(line[-1], ("extends",))
        if not isinstance(parent, str):
            problems.append(Problem("R103", f"“extends”应为一个{kind}的编号", at))
            return None
        if parent not in documents:
            known = sorted(documents)
            problem = Problem("R106", f"没有{kind}“{parent}”", at, "、".join(known), nearest_of_place(parent, known))
            problems += [problem] if problem not in problems else []
            return None
        if documents[parent] in line:
            problems.append(Problem("R107", f"“extends”成环：{parent}", at))
            return None
        line.append(documents[parent])
    merged = Mapping()
    merged.where, merged.keys_at = document.where, {}
    for part in reversed(line):
        for key, value in part.items():
            if key not in own or part is document:
                merged[key] = value
                merged.keys_at[key] = part.keys_at[key]
    return merged


def _check_allocation(policy: Policy) -> Iterator[Problem]:
    portions = policy.allocation.portions
    if sum(portion.points for portion in portions) != WHOLE:
        yield Problem("R105", "分值分配合计不是 100", policy.allocation.where)
    if not any(portion.categories == [EXECUTION] for portion in portions):
        yield Problem("R102", f"分值分配缺少“{EXECUTION}”", policy.allocation.where)
    named = [category for portion in portions for category in portion.categories]
    for twice in sorted({category for category in named if named.count(category) > 1}):
        yield Problem("R104", f"一级指标“{twice}”分配了两次", policy.allocation.where)


# ---- goal tables -------------------------------------------------------------------------------------------------


def indicators_of(table: Table) -> list[Indicator]:
    """The indicators of a project, or a department's item goals as indicators of its own table."""
    if isinstance(table, Project):
        return table.indicators
    return [item_as_indicator(item) for item in table.items]


def item_as_indicator(item: Any) -> Indicator:
    """A department's item goal as an indicator row (category 分项绩效目标)."""
    row = Indicator.model_construct(
        id=item.id,
        category=ITEM_GOALS,
        dimension=item.name,
        name=item.indicator,
        description=item.goal,
        target=item.target,
        sign=item.sign,
        scale=item.scale,
        points=item.points,
        formula=None,
        basis="",
        line=item.line,
        criterion=item.criterion,
        reads=item.reads,
    )
    row._where, row._keys = item.where, item._keys
    return row


def _check_examples(rulebook: Rulebook) -> Iterator[Problem]:
    """The example of a new workspace stands alone until it is rewritten: beside others it would count among them."""
    examples = [project for project in rulebook.projects.values() if project.example]
    if len(examples) == len(rulebook.tables) and not rulebook.waiting:
        return
    for project in examples:
        files = f"{project.where.path if project.where else project.code}、actuals/{project.year}/{project.unit.code}/{project.code}.yaml"
        yield Problem(
            "R130",
            f"“{project.name}”（{project.code}）是建工作区时的样例，没有改写，不能和别的项目一起评分",
            project.where,
            remedy=f"删去 {files}；已经改写成自己的项目的，删去 example 一行",
        )


def _check_policy(table: Table, rulebook: Rulebook) -> Iterator[Problem]:
    """The policy exists, and the points written out add up to 100 with its execution points."""
    if table.policy and table.policy not in rulebook.policies:
        known = sorted(rulebook.policies)
        yield Problem(
            "R106",
            f"没有评分办法“{table.policy}”",
            table.where,
            "、".join(known),
            nearest_of_place(table.policy, known),
        )
        return
    try:
        policy = rulebook.policy_for(table)
    except UsageProblem as error:
        yield from error.problems
        return
    if table.policy:
        yield from check_use(table, policy)
    yield from check_accepted(indicators_of(table), policy)
    rows = sum(row.points for row in indicators_of(table))
    execution = policy.allocation.execution
    if rows + execution != WHOLE:
        says = f"分值合计 {points(rows + execution)}，不是 100（指标 {points(rows)}，预算执行率 {points(execution)}）"
        yield Problem("R105", says, table.where)
