"""Progress during the year filled in in the page, day by day: what cannot be read is told, and nothing is written then. 示例数据."""

from __future__ import annotations

from pathlib import Path

from tests.web.conftest import CODE, UNIT, Person, found

DAY = f"{UNIT}monitor/2023-08-31"


def note(clerk: Person, values: dict[str, str], day: str = DAY) -> tuple[int, str]:
    """Fill in a project as its page has it, but for these values."""
    page = clerk.get(f"{day}/{CODE}").text
    seen = found(r'name="seen" value="([0-9a-f]{64})"', page)
    answer = clerk.post(f"{day}/{CODE}", {"seen": seen} | values)
    return answer.status_code, answer.text


def test_a_day_is_begun_filled_in_and_issued(clerk: Person, root: Path):
    assert "2023-06-30" in clerk.get(f"{UNIT}monitor").text
    assert clerk.post(f"{UNIT}monitor", {"day": "2023-08-31"}).headers["location"] == DAY
    path = root / "monitoring/2023/629001/2023-08-31.yaml"
    assert "文化路" in clerk.get(DAY).text and not path.exists()
    values = {
        "|executed": "301.50",
        "|likelihood": "确定能",
        "数量1|value": "58人",
        "时效1|value": "65%",
        "时效1|cumulative": "true",
    }
    assert note(clerk, values)[0] == 303
    text = path.read_text(encoding="utf-8")
    assert "executed: 301.50" in text and "value: 58人" in text and 'cumulative: "true"' in text
    assert "\nillustrative: true\n" in text  # as the results beside it
    page = clerk.get(f"{DAY}/{CODE}").text
    assert 'value="301.50"' in page and 'value="58人"' in page and "<option selected>确定能" in page
    assert "301.50" in clerk.get(DAY).text
    assert note(clerk, values | {"|executed": ""})[0] == 303
    assert 'name="|executed" value=""' in clerk.get(f"{DAY}/{CODE}").text
    assert note(clerk, values)[0] == 303 and clerk.post(f"{DAY}/issue").status_code == 303
    assert any("监控表" in made.name for made in (root / "out").iterdir())


def test_a_day_beside_real_results_is_not_called_made_up(clerk: Person, root: Path):
    for path in (root / "actuals/2023/629001").glob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("illustrative: true\n", ""), encoding="utf-8")
    assert note(clerk, {"|executed": "301.50"})[0] == 303
    assert "illustrative" not in (root / "monitoring/2023/629001/2023-08-31.yaml").read_text(encoding="utf-8")


def test_what_cannot_be_read_is_told_and_stays_on_the_page(clerk: Person, root: Path):
    status, page = note(clerk, {"|executed": "不少", "数量1|value": "58人"})
    assert status == 422 and "没有存" in page and 'value="不少"' in page and 'value="58人"' in page
    status, page = note(clerk, {"|executed": "301.50", "数量1|value": "许多"})
    assert status == 422 and "没有存" in page and 'value="许多"' in page
    assert not (root / "monitoring/2023/629001/2023-08-31.yaml").exists()
    assert clerk.get(f"{UNIT}monitor/不是日子").status_code == 422
    assert clerk.get(f"{DAY}/没有的").status_code == 404


def test_what_others_changed_meanwhile_is_not_overwritten(clerk: Person, root: Path):
    day = f"{UNIT}monitor/2023-06-30"
    path = root / "monitoring/2023/629001/2023-06-30.yaml"
    seen = found(r'name="seen" value="([0-9a-f]{64})"', clerk.get(f"{day}/{CODE}").text)
    path.write_text(path.read_text(encoding="utf-8").replace("227.40", "228.40"), encoding="utf-8")
    before = path.read_bytes()
    answer = clerk.post(f"{day}/{CODE}", {"seen": seen, "|executed": "229"})
    assert answer.status_code == 422 and "别人改过" in answer.text and path.read_bytes() == before
