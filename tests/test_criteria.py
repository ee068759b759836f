"""Scoring sentences (评分标准): real ones read, asked or refused as they should be, never scored wrongly."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from evaluator.cli import main
from evaluator.criteria.asdata import from_data, to_data
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.saying import written
from evaluator.criteria.sentences import read
from evaluator.criteria.situation import Situation
from evaluator.criteria.standard import standard
from evaluator.criteria.undecided import answered, asks, found
from tests.criteria import became, refused, sentences

SENTENCES = sentences()
READ = [one for one in SENTENCES if "refused" not in one]
IDS = [one["id"] for one in SENTENCES]
FULL_WIDTH = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in "0123456789%(),;:<>="})
HALF_WIDTH = {ord("，"): ",", ord("；"): ";", ord("（"): "(", ord("）"): ")", ord("："): ":"}


@pytest.mark.parametrize("sentence", SENTENCES, ids=IDS)
def test_a_real_sentence_is_read_or_refused_as_it_should_be(sentence: dict[str, Any]):
    if "refused" not in sentence:
        assert written(read(sentence["text"])) == sentence["reads"]
        return
    error = refused(sentence)
    assert error is not None and error.code == sentence["refused"]
    assert 0 <= error.at <= len(sentence["text"])
    assert error.says


@pytest.mark.parametrize("sentence", SENTENCES, ids=IDS)
def test_worked_values_are_exact_or_asked_or_refused(sentence: dict[str, Any]):
    for worked in sentence.get("worked", []):
        assert became(sentence, worked).how != "wrong", (worked, became(sentence, worked).told)


def test_of_the_sentences_that_can_be_read_nine_in_ten_score_exactly_once_answered():
    readable = [one for one in SENTENCES if one.get("readable", True)]
    exact = [one for one in readable if any(became(one, worked).how == "exact" for worked in one.get("worked", []))]
    unscored = [one["id"] for one in readable if one not in exact]
    assert len(SENTENCES) == 219
    assert len(exact) >= Fraction(9, 10) * len(readable), unscored


@pytest.mark.parametrize("sentence", READ, ids=[one["id"] for one in READ])
def test_what_is_printed_and_what_is_data_is_read_back_as_the_same_tree(sentence: dict[str, Any]):
    tree = read(sentence["text"])
    assert read(written(tree)) == tree
    assert from_data(json.loads(json.dumps(to_data(tree)))) == tree


@pytest.mark.parametrize("sentence", READ, ids=[one["id"] for one in READ])
def test_width_of_characters_makes_no_difference(sentence: dict[str, Any]):
    text = sentence["text"]
    if "</" in text:  # marks of a page, which have one width
        return
    assert read(text.translate(FULL_WIDTH)) == read(text)
    assert read(text.translate(HALF_WIDTH)) == read(text)


# ---- asking ------------------------------------------------------------------------------------------------------


def earned(text: str, target: str, actual: str, points: str | None, **answers: str) -> Fraction | None:
    result = found(read(text), Situation(target, actual, None if points is None else Fraction(points), answers))
    return result.earned.points if result.earned else None


@pytest.mark.parametrize(
    ("text", "answers", "outside"),
    [
        ("受到市级通报的，从总分中扣5分", {"fact": "yes"}, "-5"),
        ("受到市级通报的，从总分中扣5分", {"fact": "no"}, "0"),
        ("每发生一起重大事故，从总分中扣10分", {"count": "2"}, "-20"),
        ("扣分从总分中扣除，每发生一起扣2分", {"count": "1"}, "-2"),
    ],
)
def test_what_is_taken_from_the_total_leaves_the_row_alone(text: str, answers: dict[str, str], outside: str):
    result = found(read(text), Situation("", None, Fraction(10), answers)).earned
    assert result is not None and (result.points, result.outside) == (10, Fraction(outside))


@pytest.mark.parametrize("text", ["每项2分，缺一项扣2分", "共5项，每项2分，一项未完成扣2分，扣完为止"])
def test_what_an_item_is_worth_is_not_added_to_what_is_taken(text: str):
    assert earned(text, "", "", "10", count="1") == 8


def test_the_rounding_of_steps_is_asked_with_the_points_of_each_reading():
    text = "每降低1个百分点扣1分，扣完为止"
    (ask,) = asks(read(text), "≥95%", Fraction(10), "93.5%")
    assert ask.question.code == "STEP"
    given = {one.answer: one.points for one in ask.readings}
    assert given == {
        "proportion": (("93.5%", Fraction(17, 2)),),
        "full": (("93.5%", Fraction(9)),),
        "started": (("93.5%", Fraction(8)),),
    }
    assert earned(text, "≥95%", "93.5%", "10", step="started") == 8


@pytest.mark.parametrize("actual", ["95%", "94%", "80%", "100%"])
def test_nothing_is_asked_where_all_readings_give_the_same(actual: str):
    assert asks(read("每降低1个百分点扣1分，扣完为止"), "≥95%", Fraction(10), actual) == ()


def test_questions_of_a_sentence_are_told_with_worked_values_where_there_is_no_actual():
    found_ = asks(read("每降低1个百分点扣1分"), "≥95%", Fraction(10))
    assert [one.question.code for one in found_] == ["STEP", "FLOOR"]
    assert all(len(one.readings) > 1 and all(each.points for each in one.readings) for one in found_)


def test_answers_put_into_the_tree_are_printed_and_asked_no_more():
    tree = answered(read("每降低1个百分点扣1分"), {"step": "started", "floor": "0", "count": "3"})
    assert written(tree) == "每少1个百分点扣1分，扣完为止，不足一个单位的按一个单位计"
    assert read(written(tree)) == tree
    assert found(tree, Situation("≥95%", "84.5%", Fraction(10))).asks == ()
    with pytest.raises(Refusal) as raised:
        answered(tree, {"step": "half"})
    assert raised.value.code == "Q411"


@pytest.mark.parametrize(
    ("text", "target", "actual", "points", "expected"),
    [
        ("完成率＜70%不得分，＞130%不得分", "≥100人", "130人", "10", "10"),  # the bound itself is not excluded
        ("完成率＜70%不得分，＞130%不得分", "≥100人", "131人", "10", "0"),
        ("超过目标值30%以上的扣1分，50%以上的扣2分", "≥100人", "155人", "10", "8"),
        ("完成率低于70%不得分，70%及以上按比例得分", "≥100人", "69人", "10", "0"),
        ("完成率低于70%不得分，70%及以上按比例得分", "≥100人", "70人", "10", "7"),
        ("未超过得满分，超过的按比例扣分", "≤20万元", "24万元", "10", "8"),
        ("否得满分，是不得分", "否", "否", "13", "13"),
        ("优得满分，良得80%，中得60%，差不得分", "优", "良", "10", "8"),
        ("按期完成得满分，每延迟1个月扣1分", "6月底前", "8月", "10", "8"),
        ("按时完成得满分，每逾期1天扣0.5分，扣完为止", "6月30日前", "7月5日", "10", "7.5"),
        ("每完成1项得2分，最高10分", "≥10项", "3项", "10", "6"),
        ("每发生1起扣5分，扣完为止", "≤0起", "3起", "10", "0"),
        ("每降低一个百分点扣权重的10%，扣完为止", "≥95%", "93%", "10", "8"),
        ("得分=权重×执行率；执行率低于60%不得分", "100%", "59%", "10", "0"),
        ("预算执行率×8分", "100%", "96%", "8", "7.68"),
        ("90分以上得满分，80-89分得80%，80分以下不得分", "≥90分", "85分", "10", "8"),
        ("发现一处不合规扣1分，发现两处扣2分，三处以上不得分", "", "2处", "4", "2"),
        ("完成10篇得满分，每少1篇扣1分，每多1篇加0.5分，最多加2分", "≥10篇", "20篇", "10", "12"),
        ("满意度≥90%，得满分；90%＞满意度≥80%，得8分；满意度＜80%，不得分", "≥90%", "88%", "10", "8"),
        ("①完成率≥95%得10分；②85%≤完成率<95%得5分；③完成率<85%不得分", "≥100%", "90%", "10", "5"),
        ("完成率≥100%得满分，60%（含）—100%之间按比例得分，60%以下不得分", "≥1000人次", "900人次", "10", "9"),
        ("完成数/目标数×分值", "≥1000人次", "900人次", "10", "9"),
        ("举办3次得6分，少1次扣2分", "≥3次", "2次", "6", "4"),
        ("未完成的，每少1家扣0.2分", "≥50家", "45家", "10", "9"),
        ("每下降0.1个百分点扣0.1分，不足0.1个百分点的不扣分", "≥98%", "97.35%", "10", "9.4"),
        ("结转结余率在5%以内得10分，5%-10%得5分，10%以上不得分", "≤5%", "16%", "10", "0"),
        ("按时完成得5分，逾期完成得3分，未完成得0分", "12月31日前", "12月20日", "5", "5"),
        ("评价等级为优得10分、良得8分、中得6分、差得0分", "优", "良", "10", "8"),
        ("每少1000元扣1分，扣完为止", "≥1万元", "0.9万元", "10", "9"),
        ("实际值达到目标值的100%得满分，每降低10%扣1分", "≥100%", "90%", "10", "9"),
        ("完成率90%以上的，得满分；完成率在90%以下的，得分=完成率/90%×分值", "≥20场", "9场", "10", "5"),
        ("发生1起扣2分，发生3起及以上不得分", "≤0起", "2起", "10", "6"),  # nothing is said of two: for each
        ("偏差率在±5%以内得满分，超过±5%不得分", "≤5%", "-6%", "10", "0"),
        ("完成率低于70%或高于130%的不得分，其余按比例得分", "≥100人", "69人", "10", "0"),
        ("按（1-偏差率）×分值计分", "≤5%", "4%", "10", "9.6"),
        ("结余率小于10%得满分，大于等于10%小于20%得一半，大于等于20%不得分", "≤10%", "15%", "5", "2.5"),
        ("不超过预算得满分，超预算10%以内得一半分，超预算10%以上不得分", "≤20万元", "21万元", "10", "5"),
        (
            "优（90分以上）得10分，良（80-90分）得8分，中（60-80分）得6分，差（60分以下）得0分",
            "≥90分",
            "85分",
            "10",
            "8",
        ),
        ("超过预算的，按超出预算的比例扣分", "≤20万元", "24万元", "10", "8"),
        ("在规定时间内完成得满分，超过规定时间的不得分", "6月30日前", "7月1日", "10", "0"),
        ("每逾期1天扣0.5分，因不可抗力的除外", "≤90天", "99天", "10", "5.5"),
        ("投诉次数0次得满分，1-2次得50%，3次及以上不得分", "≤0次", "2次", "10", "5"),
        ("年度内组织培训4次以上得满分，少1次扣25%", "≥4次", "3次", "10", "7.5"),
        ("60%得基础分6分，每高5个百分点加0.5分，满分10分", "60%", "80%", "10", "8"),
        ("完成率大于100%的，按100%计算，低于100%按比例得分", "≥100人", "120人", "10", "10"),
        ("超过的不加分，不足的按比例扣减", "≥100人", "90人", "10", "9"),
        ("完成率每增加（减少）1个百分点加（减）0.5分", "100%", "98%", "10", "9"),
        ("抽查合格率低于90%扣2分，低于80%扣5分，低于70%不得分", "≥95%", "75%", "10", "5"),
        ("按期完成（5分），每延期一天扣0.1分，延期超过30天不得分", "6月30日前", "7月10日", "5", "4"),
        ("排名前3名得10分，4-6名得8分，7-10名得6分，10名以后不得分", "", "第11名", "10", "0"),
        ("增长率≥10%得10分，0≤增长率＜10%得3分，负增长不得分", "≥10%", "-2%", "10", "0"),
        ("完成率≥95%，得100%权重分；85%≤完成率＜95%，得80%权重分；完成率＜85%，不得分", "≥95%", "90%", "10", "8"),
        ("1.满意度≥90%，得10分；2.80%≤满意度＜90%，得8分；3.满意度＜80%，不得分", "≥90%", "79%", "10", "0"),
        ("实际支出≤预算数，得满分；实际支出＞预算数，得0分", "≤20万元", "21万元", "4", "0"),
        ("X≥90%得满分，60%≤X＜90%按比例得分，X＜60%不得分", "≥90%", "72%", "10", "8"),
        ("扣分不设下限，每发生一起扣5分", "≤0起", "3起", "10", "-5"),
        ("满意度100%-90%(含)得满分，90%-80%(含)得80%，80%以下得0分", "≥95%", "80%", "10", "8"),
        ("90分（含）—100分，得10分；80分（含）—90分，得8分；80分以下，得0分", "≥90分", "80分", "10", "8"),
        ("目标值以上得满分，目标值90%-100%得80%，目标值90%以下不得分", "≥100人", "95人", "10", "8"),
        ("全市排名第1名、第2名、第3名的分别得10分、8分、6分，其余不得分", "", "第2名", "10", "8"),
        ("全市排名前三名的，分别得10分、8分、6分，其余不得分", "", "第3名", "10", "6"),
        ("達到指標值得滿分，未達到不得分", "≥100人", "99人", "10", "0"),
        ("95%以上得满分；80%-95%每少1个百分点扣0.2分；80%以下每少1个百分点扣0.5分", "≥95%", "90%", "10", "9"),
    ],
)
def test_other_sentences_of_the_same_kinds(text: str, target: str, actual: str, points: str, expected: str):
    assert earned(text, target, actual, points) == Fraction(expected)


@pytest.mark.parametrize(
    ("text", "target", "actual", "code"),
    [
        ("每降低1%扣1分", "≥80%", "76%", "PCT"),
        ("95%以上得满分；80%-95%每少1个百分点扣0.2分；80%以下每少1个百分点扣0.5分", "≥95%", "70%", "TIER"),
        ("全市排名倒数第1名、第2名、第3名的分别得1分、2分、3分", "", "第3名", "Q404"),
        ("合理区间3%-5%，每偏离1个百分点扣1分", "3%-5%", "4%", "Q406"),
        ("90%以上得10分，80%-90%得8分", "≥95%", "90%", "END"),
        ("100%得10分，80%-99%得8分", "≥95%", "99.5%", "GAP"),
        ("按完成比例得分", "≥100人", "120人", "CAP"),
        ("每发生1起扣5分", "≤0起", "3起", "FLOOR"),
        ("90%以上得10分，90%以下不得分", "≥95%", "96%", "PTS"),
        ("不规范扣1分，没有台账扣2分", "", "", "FACT"),
        ("每缺一项扣2分，扣完为止", "", "", "COUNT"),
        ("视情况扣分，扣完5分为止", "", "", "JUDGE"),
        ("没少于1个百分点扣1分，扣完为止", "≥95%", "93%", "TYPO"),
        ("完成率达到100%得满分，每低1个百分点扣1分", "≥80%", "85%", "BASE"),
        ("90%以上不扣分，80%-89%扣1分，70%-79%扣2分", "≥90%", "79.5%", "GAP"),
        ("得分=完成率×分值", "≥90%", "85%", "RATE"),
        ("每超额10%加1分，最多加3分", "≥100人", "120人", "START"),
        ("每低于5%或3个单位扣2分，扣完为止", "≥100人", "88人", "SIZE"),
        ("开展1次得2分，每增加1次加1分，最高10分", "≥3次", "3次", "BASE"),
    ],
)
def test_what_is_open_is_asked(text: str, target: str, actual: str, code: str):
    points = Fraction("12.5") if code == "PTS" else Fraction(10)
    try:
        told = {one.question.code for one in found(read(text), Situation(target, actual, points)).asks}
    except Refusal as error:
        told = {error.code}
    assert code in told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "Q401"),
        ("由各单位自行制定", "Q401"),
        ("按幅度分段计分", "Q402"),
        ("每少扣2分", "Q403"),
        ("每增加10，加0.5分", "Q403"),
        ("超过80%、70%，分别得6分、4分和2分", "Q404"),
        ("按时完成得5分，未按时完成但不影响", "Q405"),
        ("每完成值低于5%或降低3人扣5分", "Q403"),
        ("扣分不超过本项分值的50%，每发现1处扣1分", "Q405"),
        ("每发现一处扣1分，最低得5分", "Q405"),
        ("名列全省第一、第二、第三名的，分别得10分、8分、6分", "Q404"),
        ("偏离目标值10%以内得满分，每超过5%扣1分", "Q402"),
        ("与目标值相差5%以内得满分，5%-10%得5分", "Q402"),
        ("满" * 2100, "Q408"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, code: str):
    with pytest.raises(Refusal) as raised:
        read(text)
    assert raised.value.code == code
    assert 0 <= raised.value.at <= len(text)
    assert all(read(near) for near in raised.value.nearest)


def test_a_refusal_names_the_nearest_readings():
    with pytest.raises(Refusal) as raised:
        read("每少扣0.5分，扣完为止")
    assert raised.value.nearest[0] == "每少1人扣0.5分，扣完为止"


def test_a_criterion_against_the_sign_of_the_target_is_refused():
    with pytest.raises(Refusal) as raised:
        found(read("每少1件扣1分，扣完为止"), Situation("≤5件", "8件", Fraction(10)))
    assert raised.value.code == "Q407"


@pytest.mark.parametrize(
    ("text", "target", "asked"),
    [
        ("优得满分，良得80%，中得60%，差不得分", "优", []),
        ("获得国家级表彰得10分，省级表彰得6分，未获表彰不得分", "获得国家级表彰", []),
        ("满意得10分，基本满意得8分，不满意不得分", "≥95%", ["state"]),
    ],
)
def test_which_case_it_is_is_filled_in_and_not_settled_in_the_rule_file(text: str, target: str, asked: list[str]):
    own = standard(text, {})
    assert list(own.asks(target, Fraction(10))) == []
    inputs = own.inputs(target, Fraction(10))
    assert [query.key for query in inputs] == asked
    assert all("基本满意" in query.wanted for query in inputs)
    assert earned("满意得10分，基本满意得8分，不满意不得分", "≥95%", "96%", "10", state="基本满意") == 8


def test_data_that_is_no_criterion_is_refused():
    for data in ({"rules": [{"awrd": {}}]}, {"rules": "x"}, {"ruels": []}, {"rules": [{"change": {}}]}, {"terms": "x"}):
        with pytest.raises(Refusal) as raised:
            from_data(data)
        assert raised.value.code == "Q412"


# ---- the command -------------------------------------------------------------------------------------------------


def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["ziping", "target", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


def test_the_command_reads_target_actual_and_criterion(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    row = ("≥59人", "--actual", "57人", "--points", "12.5", "--criterion", "每少1人扣0.5分，扣完为止")
    code, out, _ = told(capsys, monkeypatch, *row)
    assert code == 0
    assert "11.50分" in out and "每少1人扣0.5分，扣完为止" in out
    code, out, _ = told(capsys, monkeypatch, *row, "--format", "json")
    data = json.loads(out)
    assert (code, data["earned"], data["criterion"]["asks"]) == (0, "11.50", [])
    assert data["criterion"]["reads"] == "每少1人扣0.5分，扣完为止"
    assert read(data["criterion"]["reads"]) == from_data(data["criterion"]["data"])


def test_the_command_tells_what_is_open_and_takes_answers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    row = ("≥95%", "--actual", "93.5%", "--points", "10", "--criterion", "每降低1个百分点扣1分，扣完为止", "-f", "json")
    code, out, _ = told(capsys, monkeypatch, *row)
    data = json.loads(out)
    (ask,) = data["criterion"]["asks"]
    assert code == 1 and "earned" not in data
    assert (ask["code"], ask["key"]) == ("STEP", "step")
    assert {one["answer"]: one["points"] for one in ask["readings"]} == {
        "proportion": "8.50",
        "full": "9.00",
        "started": "8.00",
    }
    code, out, _ = told(capsys, monkeypatch, *row, "--answer", "step=started")
    assert code == 0 and json.loads(out)["earned"] == "8.00"


def test_a_sentence_scores_what_the_target_alone_does_not_decide(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    row = ("良好", "--actual", "优", "--points", "10", "--criterion", "优得满分，良得80%", "-f", "json")
    code, out, _ = told(capsys, monkeypatch, *row)
    assert code == 0 and json.loads(out)["earned"] == "10.00"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("≥95%", "--criterion", "每少扣2分", "--actual", "90%", "--points", "5"), 1, "Q403"),
        (("≥95%", "--criterion", "每降低1个百分点扣1分", "--points", "many"), 2, "U207"),
        (("≥95%", "--criterion", "每降低1个百分点扣1分", "--answer", "step"), 2, "U207"),
        (("≥95%", "--points", "10"), 2, "U207"),
        (("≥95%", "--criterion", "每降低1个百分点扣1分", "--answer", "stp=full"), 2, "step"),
        (
            ("≥95%", "--criterion", "每降低1个百分点扣1分", "-a", "93.5%", "-p", "10", "--answer", "step=half"),
            1,
            "Q411",
        ),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, says: str
):
    ended, out, err = told(capsys, monkeypatch, *words)
    assert (ended, says in out + err) == (code, True)
