"""A row's own scoring standard (评分标准): read once, settled as its rule file says, and applied to what was achieved."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from evaluator.criteria.asdata import from_data
from evaluator.criteria.cutting import vocabulary
from evaluator.criteria.earning import Earned
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.saying import written
from evaluator.criteria.sentences import read
from evaluator.criteria.situation import KEYS, Query, Situation, checked
from evaluator.criteria.tree import Award, Change, Criterion, Extra, Formula, InProportion, NotApplicable, Veto
from evaluator.criteria.undecided import Ask, answered, asks, found
from evaluator.errors import nearest
from evaluator.figures import half_up
from evaluator.quantities.numerals import Unreadable

EFFECT, HAPPENED = (
    "effect",
    "veto",
)  # what a 一票否决 does, said in the rule file; whether it came to that, in the results
EFFECTS = {"zero": "总分为0", "worst": "等级为最低一级"}


_OF_ROW = ("value", "target", "points")  # what the row itself says


@dataclass(frozen=True, slots=True)
class Standard:
    """A criterion as the office wrote it (`text`), its tree settled as far as the rule file settles it, and what a veto does."""

    text: str
    tree: Criterion
    effect: str | None = None

    @property
    def reads(self) -> str:
        """The criterion as read, in one sentence."""
        return written(self.tree)

    @property
    def vetoes(self) -> tuple[str, ...]:
        """What acts on the grade or the total of the whole assessment, in the words of the sentence."""
        every = (self.tree, *self.tree.parts)
        return tuple(rule.words for tree in every for rule in tree.rules if isinstance(rule, Veto))

    @property
    def excepts(self) -> bool:
        """Whether the sentence says itself what follows where the row does not apply."""
        return any(isinstance(rule, NotApplicable) for tree in (self.tree, *self.tree.parts) for rule in tree.rules)

    @property
    def bounded(self) -> bool:
        """Whether it surely gives no more than the points of the row, and acts on nothing else."""
        every = (self.tree, *self.tree.parts)
        rules = [rule for tree in every for rule in tree.rules]
        gains = any(isinstance(rule, Change) and rule.by > 0 for rule in rules)
        proportion = any(isinstance(rule, Award) and isinstance(rule.gets, InProportion | Formula) for rule in rules)
        capped = self.tree.term("cap") == "points" or self.tree.most is not None or not (gains or proportion)
        return capped and not any(isinstance(rule, Extra | Veto) for rule in rules)

    def asks(self, target: str, points: Fraction, sign: Any = None) -> Iterator[Ask]:
        """What the rule file has still to settle, as far as it changes points around the target.

        Raises Refusal where the criterion cannot be applied to the target at all.
        """
        yield from (question for question in _asks(self.tree, target, points, sign) if question.question.settles)
        if self.vetoes and self.effect is None:
            yield self._acts

    def inputs(self, target: str, points: Fraction, sign: Any = None) -> list[Query]:
        """What is to be filled in beside the actual: counts, facts, points an assessor states, whether a veto came about."""
        questions = [
            question.question for question in _asks(self.tree, target, points, sign) if not question.question.settles
        ]
        happened = [self._happened] if self.vetoes else []
        return [*{query.key: query for query in questions if query.key not in _OF_ROW}.values(), *happened]

    def filled(self, target: str, points: Fraction, sign: Any, answers: Mapping[str, str]) -> str:
        """What was filled in beside the actual, in words for a form: 缺1项；制度健全：是."""
        asked = {query.key: query for query in self.inputs(target, points, sign)}
        return "；".join(asked[key].told(text) if key in asked else text for key, text in answers.items())

    @property
    def _acts(self) -> Ask:
        return Ask(Query("EFFECT", EFFECT, f"“{self.vetoes[0]}”对全局怎样算", tuple(EFFECTS.items())))

    @property
    def _happened(self) -> Query:
        readings = (("no", "没有"), ("yes", "有"))
        words = self.vetoes[0]
        return Query("VETO", HAPPENED, f"有没有发生“{words}”所说的情形", readings, "是否", f"{words}：{{}}")

    def earn(self, situation: Situation) -> Earned:
        """The points under a situation; raises Unreadable with what is wrong, or with all that must be answered first."""
        try:
            result = found(self.tree, situation)
        except Refusal as error:
            raise Unreadable(error.code, f"评分标准“{self.text}”：{error.says}", error.allowed) from None
        if result.earned is None:
            raise asked(result.asks)
        if not self.vetoes:
            return replace(result.earned, effects=())
        if self.effect is None:
            raise asked((self._acts,))
        happened = self._happened
        if HAPPENED not in situation.answers:
            raise asked((Ask(happened),))
        try:
            yes = checked(happened, situation.answers[HAPPENED]) == "yes"
        except Refusal as error:
            raise Unreadable(error.code, error.says, error.allowed) from None
        return replace(result.earned, effects=(self.effect,) if yes else ())


def standard(criterion: str | Mapping[str, Any], reads: Mapping[str, str]) -> Standard:
    """A criterion as a rule file has it, a sentence or data; raises Refusal (Q401 to Q412) for what cannot be read."""
    text = criterion if isinstance(criterion, str) else json.dumps(criterion, ensure_ascii=False)
    return _standard(text, isinstance(criterion, str), tuple(sorted((str(k), str(v)) for k, v in reads.items())))


@lru_cache(maxsize=4096)
def _standard(text: str, sentence: bool, reads: tuple[tuple[str, str], ...]) -> Standard:
    tree = read(text) if sentence else from_data(json.loads(text))
    known = [*vocabulary()["terms"], EFFECT]
    if strange := next((key for key, _ in reads if key not in known), None):
        raise Refusal("Q411", f"“{strange}”不是评分标准可以写明的事", 0, "、".join(known), (nearest(strange, known),))
    settled = dict(reads)
    effect = settled.pop(EFFECT, None)
    tree = answered(tree, settled)
    if not tree.rules and not tree.parts:
        raise Refusal("Q401", "没有读出怎样得分", 0, "写明什么情形得几分、扣几分，如 每少1人扣0.5分，扣完为止")
    parsed = Standard(text if sentence else written(tree), tree, effect)
    if (
        effect is None
        and parsed.vetoes
        and any(word in vetoe for vetoe in parsed.vetoes for word in ("总得分为零", "总分为零", "总分为0"))
    ):
        return replace(parsed, effect="zero")
    if effect is not None:
        return replace(parsed, effect=checked(Query("EFFECT", EFFECT, "", tuple(EFFECTS.items())), effect))
    return parsed


@lru_cache(maxsize=65536)
def _asks(tree: Criterion, target: str, points: Fraction, sign: Any) -> tuple[Ask, ...]:
    """What is open in a criterion around a target: the same rows of very many tables ask it once."""
    return asks(tree, target, points, sign=sign)


def asked(open_: tuple[Ask, ...]) -> Unreadable:
    """What must be answered before the points are known, each question with its readings and where its answer is written."""
    ask = open_[0]
    question = ask.question
    place = "reads" if question.settles else "given"
    shown = f"{question.key}：{question.asks}" + (f"（另有{len(open_) - 1}处要答）" if len(open_) > 1 else "")
    return Unreadable(
        "Q413" if question.settles else "Q414", f"评分标准要先答复：{shown}", f"{place}: {readings_of(ask)}"
    )


def open_says(ask: Ask) -> str:
    """What a sentence leaves open, in words that hold for every value."""
    term = vocabulary()["terms"].get(ask.question.key)
    return str(term["asks"]) if term else ask.question.asks


def readings_of(ask: Ask) -> str:
    """The answers to a question with what each means and the points it gives."""
    question = ask.question
    if not question.readings or question.given not in ("", "是否", "情形"):
        return f"{{{question.key}: …}}（填写{question.given or '答复'}）"
    choices: tuple[Any, ...] = ask.readings or question.readings
    return " / ".join(f"{{{question.key}: {answer}}}{meaning}" for answer, meaning in map(_choice, choices))


def meanings_of(ask: Ask) -> str:
    """The readings of a question in words, each with the points it gives."""
    return "；".join(_choice(reading)[1].strip() for reading in ask.readings)


def _choice(choice: Any) -> tuple[str, str]:
    if isinstance(choice, tuple):
        return choice[0], f" {choice[1]}"
    given = [f"完成{actual}得{half_up(points, 2)}分" for actual, points in choice.points if points is not None]
    return choice.answer, f" {choice.says}" + (f"（{'，'.join(given)}）" if given else "")


def named_in(actual: str | None, names: Container[str]) -> dict[str, str] | None:
    """What a cell says by name (合格人数=96人；参评人数=100人), where all of it is named; None for any other text."""
    said: dict[str, str] = {}
    parts = [
        clause.strip() for clause in (actual or "").replace(";", "；").replace("\n", "；").split("；") if clause.strip()
    ]
    for part in parts:
        name, mark, value = part.replace("：", "=").replace("＝", "=").replace(":", "=").partition("=")
        if (
            not mark
            or not value.strip()
            or (name.strip() not in names and name.strip().rstrip("0123456789") not in names)
        ):
            return None
        said[name.strip()] = value.strip()
    return said or None


GIVEN = (*KEYS, HAPPENED)  # what a row may be asked for by name
