"""How one indicator is worded: what its name, target and dimension say together, and what they fail to say.

Every question is answered yes only on words that leave no doubt; the words stand in wording.yaml. Nothing but the row's own
texts is looked at, so that a batch asks once for each distinct combination.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from unicodedata import normalize

from evaluator.comparators import AT_LEAST, DOWNWARD, SIGNS
from evaluator.factsheets.wordlists import bare, bare_name, bound, ends, has, lists, only, starts, without_praise
from evaluator.model import ITEM_GOALS, Indicator
from evaluator.quantities.quantity import Target, Unreadable
from evaluator.quantities.reading import Amount, Deadline, YesNo
from evaluator.quantities.samething import same_name
from evaluator.quantities.units import WORDS

_LEFT = re.compile(r"[≥≤≧≦><](?!\s*[0-9])|\*{2,}|(?<![a-z])x{2,}(?![a-z])|×{2,}", re.IGNORECASE)
_NAMELESS = re.compile(r"(?:三级|绩效)?指标(?:名称)?[0-9一二三四五六七八九十]*")
_TOWARDS = re.compile("对(?!象)")
_SIGNS = "".join(SIGNS) + " "
_COUNTING = ("比率", "百分点", "", "倍", "分", "分贝", "°C", "度")  # kinds of units that do not count things


@dataclass(frozen=True)
class Wording:
    """One row with a target that can be read; every property is a question of a finding rule."""

    row: Indicator
    target: Target

    @cached_property
    def name(self) -> str:
        """The name without what stands around it."""
        return bare(self.row.name)

    @cached_property
    def level(self) -> str:
        """Its category and dimension."""
        return self.row.category + self.row.dimension

    @cached_property
    def description(self) -> str:
        """The description in plain characters."""
        return normalize("NFKC", self.row.description)

    @cached_property
    def words(self) -> str:
        """The target as it is written, without its sign."""
        return re.sub(r"\s", "", normalize("NFKC", self.row.target)).lstrip(_SIGNS)

    @cached_property
    def amount(self) -> Amount | None:
        """The target where it is a number or a range."""
        content = self.target.content
        return content if isinstance(content, Amount) else None

    @cached_property
    def kind(self) -> str | None:
        """The kind of the target's unit; None where it is no number."""
        return self.amount.low.unit.kind if self.amount else None

    @cached_property
    def percent(self) -> Fraction | None:
        """The target in per cent; None where it is none."""
        return self.amount.low.to(WORDS["%"]) if self.amount and self.kind == "比率" else None

    @cached_property
    def asks(self) -> bool:
        """Whether the target answers yes or says in words how good it should be."""
        return self.target.kind in ("定性", "是否")

    # ---- empty, and as it stands in the form ---------------------------------------------------------------------

    @cached_property
    def empty_told(self) -> str:
        """How the name or the target has no content; '' where both have."""
        if _NAMELESS.fullmatch(re.sub(r"\s", "", self.row.name)):
            return "只有编号，没有写衡量什么"
        same = re.sub(r"[\W_]", "", self.row.name) == re.sub(r"[\W_]", "", self.row.target)
        within = self.target.kind == "定性" and len(self.words) > 2 and _within(self.words, self.name)
        return f"的指标值“{self.row.target}”只是重复名称，没有说要做到什么" if same or within else ""

    @property
    def mark_left(self) -> bool:
        """Whether a sign or a blank of the form was left in the name."""
        return bool(_LEFT.search(normalize("NFKC", self.row.name)))

    @property
    def restates(self) -> bool:
        """Whether the description only repeats the name, and nothing worse is said of the row."""
        said = bare_name(self.row.description)
        return (
            bool(said)
            and bare_name(self.row.name) == said
            and (self.row.formula or self.row.of_data) is None
            and self.standard_given is not False
            and not self.measures_nothing
        )

    # ---- what is measured ----------------------------------------------------------------------------------------

    @cached_property
    def repeats_execution(self) -> bool:
        """Whether a rate only tells how much of the money was spent."""
        if self.percent is None or has("executed_but", self.name):
            return False
        return has("budget", self.name) and ends("executed_ends", self.name)

    @cached_property
    def measures_nothing(self) -> bool:
        """Whether a deed or a quality is measured in per cent, and nothing says a share of what."""
        if self.percent is None or self.row.formula or self.row.of_data or not self.name or self._told_elsewhere:
            return False
        name, label = self.name, self.amount.label if self.amount else ""
        if has("hollow_but", name) or has("description_says", self.description) or has("label_says", label):
            return False
        if self.percent == 100 and self.target.sign == AT_LEAST and has("lowered", name) and name.endswith("率"):
            return not has("change", name[-4:])
        if ends("hollow_ends", name) or has("unit_starts", name):
            return True
        changed = has("change", name) and self.percent <= bound("change_most")
        whole = self.percent == 100 and has("whole", name)
        return not (changed or whole or ends("share_ends", name) or has("share_says", name) or has("controlled", name))

    @property
    def _told_elsewhere(self) -> bool:
        """Whether another rule says what is wrong with a target in per cent, or its category says what it is a share of."""
        satisfied = "满意" in self.level and not self.misplaced_told
        return (
            satisfied or self.repeats_execution or bool(self.deadline_told or self.unit_told) or bool(self.empty_told)
        )

    @cached_property
    def unit_told(self) -> str:
        """How the unit is missing where it says what is measured, or is not one of what the name says; '' where it fits."""
        if self.amount is None or self.row.formula or self.row.of_data:
            return ""
        name, written = self.name, self.row.target
        if self.kind == "" and self.amount.low.unit.size == 1 and self.amount.high is None and not self._unit_in_name:
            if starts("unit_starts", name):
                return f"问的是是不是，指标值“{written}”却是一个没有单位的数"
            act = starts("act_starts", name) and not ends("countable_ends", name)
            return f"的指标值“{written}”没有单位，看不出量的是什么" if act or ends("unit_ends", name) else ""
        if ends("rate_ends", name) and not ends("rate_but", name) and self._counts:
            return f"是比率，指标值“{written}”却不是百分数"
        change = self.percent is not None and self.percent <= bound("change_most") and has("change", name)
        if self.percent is not None and ends("count_ends", name) and not has("count_but", name) and not change:
            return f"说的是多少，指标值“{written}”却是百分数"
        return ""

    @property
    def _unit_in_name(self) -> bool:
        """Whether the name or the description gives a unit in brackets."""
        return bool(
            re.search(r"\([^()]*[^\W0-9_][^()]*\)|单位[::]", normalize("NFKC", self.row.name) + self.description)
        )

    @cached_property
    def _counts(self) -> bool:
        return self.kind is not None and self.kind not in _COUNTING and "/" not in self.kind and self.kind != "金额"

    @cached_property
    def above_whole(self) -> bool:
        """Whether a share of a whole is to be more than the whole; a growth may be."""
        return self.percent is not None and self.percent > 100 and not has("above_whole", self.name, self.description)

    @property
    def at_most_done(self) -> bool:
        """Whether something is to be done at most so many times, though nothing says it should be kept few."""
        counts = self.amount is not None and (self.kind == "" or self._counts) and self.target.sign in DOWNWARD
        done = has("to_be_done", self.name) and not has("kept_few", self.name, self.description)
        return (
            counts and done and "数量" in self.row.dimension and self.amount is not None and self.amount.low.number > 0
        )

    @property
    def input_as_output(self) -> bool:
        """Whether an output is an amount of money that was spent."""
        if "数量" not in self.row.dimension or re.search("效益|效果|满意|成本", self.level) or self.percent is not None:
            return False
        money = self.kind == "金额" and not output_money(self.name)
        return money or (self.amount is not None and ends("spent_ends", self.name))

    @cached_property
    def standard_given(self) -> bool | None:
        """Whether a target in words is said to be judged by something; None where the target is not in words alone."""
        content = self.target.content
        done = isinstance(content, YesNo) and content.yes and content.stem in lists()["done"]
        if self.target.kind != "定性" and not done:
            return None
        if self.empty_told or self.deadline_told:
            return True  # said there
        if self.row.criterion:
            return True  # how it is judged is said by its own scoring standard
        if done:
            return has("event", self.name) or has("standards", self.description)
        conform = starts("conform", self.words) and only(self.words, "conform", "conformed")
        hollow = conform or only(self.words, "praise_whole")
        texts = (self.description,) if hollow else (self.name, self.words, self.description)
        if any(re.search(r"(?<!效)率|[0-9]", text) for text in texts) or has("measured", *texts):
            return True
        if hollow and ends("measured_ends", self.name):
            return True
        return not (hollow or has("praise", self.words)) or has("standards", *texts[-2:])

    @property
    def answers_yes(self) -> bool:
        """Whether a benefit or a satisfaction is only asked about, and answered yes."""
        content = self.target.content
        yes = isinstance(content, YesNo) and content.yes and content.stem in ("是", "有")
        return yes and bool(re.search("效益|效果|满意|影响", self.level)) and has("asked", self.name)

    # ---- in time -------------------------------------------------------------------------------------------------

    @cached_property
    def deadline_told(self) -> str:
        """How what should be a day is a rate or a stretch of time; '' where it is a day, or no deadline."""
        name, written = self.name, self.row.target
        if self.percent is not None:
            late = has("deadline", name) and not ends("share_ends", name)
            return f"衡量时限，指标值却是百分数“{written}”" if late else ""
        if not re.search("时效|时间|进度", self.row.dimension) or has("lasting", name) or self.empty_told:
            return ""
        return f"的指标值“{written}”是一段时间，没有说哪一天以前完成" if self._stretch else ""

    @property
    def _stretch(self) -> bool:
        content = self.target.content
        if isinstance(content, Deadline):
            first, last = content.moment.first, content.moment.last
            return not content.moment.before and (first[1:], last[1:]) == ((1, 1), (12, 31))
        if self.amount and self.kind in ("月数", "时长"):
            year = self.amount.low.unit.kind == "月数" and self.amount.low.to(WORDS["个月"]) >= 12
            return year or (self.amount.low.unit.name == "天" and self.amount.low.number >= 360)
        return self.target.kind == "定性" and only(self.words, "period")

    # ---- where it stands -----------------------------------------------------------------------------------------

    @property
    def rate_as_quantity(self) -> bool:
        """Whether a rate stands among the quantities of output."""
        output = "数量" in self.row.dimension and not re.search("效益|效果|满意", self.row.category)
        return output and self._measured_as("rate") and ends("rate_ends", self.name) and not self.repeats_execution

    @cached_property
    def misplaced_told(self) -> str:
        """Why a row does not belong where it stands; '' where it may."""
        if self.row.category == ITEM_GOALS or self.repeats_execution or not self.name:
            return ""
        for level in lists()["misplaced"]:
            if any(word in self._place for word in level["under"]) and self._measured_as(str(level["measure"])):
                named = not level["ends"] or self.name.endswith(tuple(map(str, level["ends"])))
                if named and not any(word in self.name + self._said for word in level["but"]):
                    return str(level["says"])
        return ""

    @property
    def _place(self) -> str:
        """The dimension; of a benefit, a cost or a satisfaction the category too."""
        return self.row.dimension + (self.row.category if re.search("效益|效果|满意|成本", self.row.category) else "")

    @property
    def _said(self) -> str:
        """The target where it is in words."""
        return self.words if self.asks else ""

    def _measured_as(self, measure: str) -> bool:
        if measure == "any":
            return True
        if measure == "rate":
            return self.percent is not None and not (self.unit_told or self.deadline_told)
        if measure == "money":
            return bool(self.kind and self.kind.startswith("金额"))
        return self.asks if measure == "words" else self.kind == "" or self._counts

    # ---- satisfaction, and common sense --------------------------------------------------------------------------

    @property
    def no_group(self) -> bool:
        """Whether a satisfaction names nobody who is satisfied."""
        return re.sub(r"[\W_]", "", self.name) in lists()["no_group"] and not has("groups", self.description)

    @property
    def own_people(self) -> bool:
        """Whether a satisfaction is that of the office's own people, or of those above it."""
        who = _TOWARDS.split(self.name)[0]  # 群众对本单位的满意度 is that of 群众
        own = has("own_people", who) or self.name in lists()["own_names"]
        return "满意" in self.level + self.name and own

    @cached_property
    def sense_told(self) -> str:
        """How a value is what nobody would set; '' where it may be set."""
        if self.percent is None or self.target.sign in DOWNWARD or has("not_lowered", self.name):
            return ""
        if self.repeats_execution and self.percent < bound("budget_low"):
            return "定得太低：预算本来应当执行完"
        if ends("never_so_low", self.name) and self.percent < bound("rate_low"):
            return "定得太低：不到六成也算达到"
        if ends("never_all", self.name) and self.percent >= 100:
            return "要求人人如此，一个人例外就没有达到，年终多半只能照填100%"
        return ""


def worded(row: Indicator) -> Wording | None:
    """How a row is worded; None where its target cannot be read."""
    try:
        return Wording(row, row.read)
    except Unreadable:
        return None


def _within(words: str, name: str) -> bool:
    """Whether words are the name, or parts of it in its order, with praise before them at most."""
    return any(
        len(said) <= len(name) and same_name(said, name) for said in (words, without_praise(words)) if len(said) > 2
    )


def output_money(name: str) -> bool:
    """Whether an amount under this name is what was achieved (收入, 招商引资), or a standard for each person."""
    return has("money_of_output", name) or has("money_is_standard", name)


def for_staff(project: str) -> bool:
    """Whether a project's name says that its money is spent on the office's own people."""
    return has("for_staff", project)
