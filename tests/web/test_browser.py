"""The workbench in a real browser: cells, keys, a pasted column, two tabs, and the year of six projects from nothing to accepted.

Chromium is taken from the system (`ZIPING_CHROMIUM` names another); where there is none these tests say so and are skipped.
示例数据 throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
from evaluator import acts
from evaluator.results import TableScore
from evaluator.workspace.initiate import copy_sample
from evaluator.workspace.places import open_workspace
from tests.web.conftest import CODE, TABLE, UNIT
from tests.web.served import CHROMIUM, ROOT, serving

playwright = pytest.importorskip("playwright.sync_api", reason="没有装 playwright：不在浏览器里试")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="没有 chromium：不在浏览器里试（ZIPING_CHROMIUM 可写明在哪里）")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def come(browser: Any) -> Iterator[Callable[..., Any]]:
    """Somebody opens the address, says a name and roles; whatever a page complains of fails the test."""
    said: list[str] = []
    contexts = []

    def enter(address: str, name: str = "张三", *roles: str) -> Any:
        contexts.append(browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN"))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda told: said.append(told.text) if "Content Security" in told.text else None)
        page.goto(address)
        page.wait_for_url("**/who**")
        page.fill("input[name=name]", name)
        for role in ("clerk", "reviewer", "auditor", "keeper"):
            page.set_checked(f"input[name=role_{role}]", role in (roles or ("clerk",)))
        page.click("button.main")
        page.base = address.split("/enter", maxsplit=1)[0]
        return page

    yield enter
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture
def served(root: Path) -> Iterator[str]:
    with serving(root) as (_, address):
        yield address


def cell(page: Any, row: str, field: str) -> Any:
    return page.locator(f'.in[data-row="{row}"][data-field="{field}"] :is(input, select, textarea)')


def out(page: Any, key: str) -> Any:
    return page.locator(f'[data-k="{key}"]')


def saved(page: Any, seconds: int = 20) -> None:
    playwright.expect(page.locator("#state .mark")).to_contain_text("已存", timeout=seconds * 1000)
    playwright.expect(page.locator(".in.saving, .in.failed")).to_have_count(0)


def test_a_cell_is_saved_when_it_is_left_and_everything_beside_it_follows(come: Any, served: str, root: Path):
    page = come(served)
    page.goto(page.base + TABLE)
    cell(page, "数量1", "actual").fill("59人")
    page.keyboard.press("Tab")
    playwright.expect(out(page, "数量1|{row.earned}")).to_have_text("12.50")
    playwright.expect(page.locator("#panel .big")).to_contain_text("98.15")
    saved(page)
    page.reload()
    assert cell(page, "数量1", "actual").input_value() == "59人"
    cell(page, "数量1", "actual").fill("不少")
    page.keyboard.press("Enter")
    playwright.expect(page.locator('.in[data-row="数量1"].unread .msg')).to_contain_text("可填")
    page.reload()  # a draft stays
    assert cell(page, "数量1", "actual").input_value() == "不少"


def test_keys_a_pasted_column_and_undo(come: Any, served: str):
    page = come(served)
    page.goto(page.base + TABLE)
    cell(page, "数量1", "actual").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.in').dataset.row") == "质量1"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('.in').dataset.row") == "时效1"
    cell(page, "数量1", "actual").focus()
    page.evaluate("""() => { const data = new DataTransfer(); data.setData('text/plain', '58人\\r\\n97%\\r\\n95%\\r\\n');
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""")
    saved(page)
    assert [cell(page, row, "actual").input_value() for row in ("数量1", "质量1", "时效1")] == ["58人", "97%", "95%"]
    page.click("#undo")
    playwright.expect(cell(page, "数量1", "actual")).to_have_value("57人")
    playwright.expect(out(page, "数量1|{row.earned}")).to_have_text("12.08")
    saved(page)
    page.reload()
    assert [cell(page, row, "actual").input_value() for row in ("数量1", "质量1", "时效1")] == [
        "57人",
        "98.2%",
        "96.5%",
    ]


def test_amounts_are_typed_in_yuan_where_one_says_so_and_nothing_rounds(come: Any, served: str, root: Path):
    page = come(served)
    page.goto(page.base + TABLE)
    total, fiscal = cell(page, "预算执行率", "executed"), cell(page, "预算执行率", "fiscal.executed")
    assert total.input_value() == "441.30"
    page.check("#yuan")
    playwright.expect(total).to_have_value("4413000")
    total.fill("4413000.57")
    page.keyboard.press("Tab")
    playwright.expect(page.locator('.in[data-field="executed"].unread .msg')).not_to_be_empty()
    fiscal.fill("4413000.57")
    page.keyboard.press("Tab")
    playwright.expect(page.locator(".in.unread")).to_have_count(0)
    saved(page)
    page.reload()
    playwright.expect(total).to_have_value("4413000.57")
    page.uncheck("#yuan")
    playwright.expect(total).to_have_value("441.300057")
    assert "executed: 4413000.57元" in (root / f"actuals/2023/629001/{CODE}.yaml").read_text(encoding="utf-8")
    fiscal.fill("442")  # saved in the unit it was typed in, though the switch is what it is left by
    page.check("#yuan")
    playwright.expect(fiscal).to_have_value("4420000")


def test_two_people_on_one_cell_are_told_and_choose(come: Any, served: str):
    one, two = come(served, "张三"), come(served, "李四")
    for page in (one, two):
        page.goto(page.base + TABLE)
    cell(one, "数量1", "actual").fill("58人")
    one.keyboard.press("Tab")
    saved(one)
    cell(two, "数量1", "actual").fill("59人")
    two.keyboard.press("Tab")
    told = two.locator('.in[data-row="数量1"].clash .msg')
    for text in ("张三", "57人", "58人", "59人"):
        playwright.expect(told).to_contain_text(text)
    told.get_by_text("用我的").click()
    saved(two)
    one.reload()
    assert cell(one, "数量1", "actual").input_value() == "59人"


def test_without_a_server_the_page_says_that_nothing_is_saved(come: Any, root: Path):
    with serving(root) as (process, address):
        page = come(address)
        page.goto(page.base + TABLE)
        process.kill()
        process.wait()
        cell(page, "数量1", "actual").fill("59人")
        page.keyboard.press("Tab")
        playwright.expect(page.locator("#state")).to_contain_text("没有存入")
        port = address.split(":")[2].split("/")[0]
        with serving(root, "--port", port):
            playwright.expect(page.locator("#state")).to_contain_text("重新启动过", timeout=40_000)


def test_why_in_a_drawer_and_evidence_shown_in_it(come: Any, served: str, tmp_path: Path):
    page = come(served)
    page.goto(page.base + TABLE)
    out(page, "数量1|{row.earned}").click()
    playwright.expect(page.locator("#drawer")).to_contain_text("12.50 × 57 ÷ 59 = 12.08")
    picture = tmp_path / "名册.png"
    page.screenshot(path=picture)
    page.set_input_files("#drawer input[type=file]", picture)
    page.click("#drawer .drop button")
    playwright.expect(page.locator(".said")).to_contain_text("已登记")
    out(page, "数量1|{row.earned}").click()
    shown = page.locator("#drawer img")
    playwright.expect(shown).to_be_visible()
    assert shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 1366
    page.keyboard.press("Escape")
    playwright.expect(page.locator("#drawer")).to_be_empty()


def test_the_leaders_page_prints_on_one_sheet(come: Any, served: str, tmp_path: Path):
    from pypdfium2 import PdfDocument

    page = come(served)
    page.goto(f"{page.base}{UNIT}signing")
    page.pdf(path=tmp_path / "审签.pdf", prefer_css_page_size=True)
    assert len(PdfDocument(tmp_path / "审签.pdf")) == 1


def test_a_remark_at_a_cell_a_review_score_and_the_way_back_to_the_unit(come: Any, root: Path, tmp_path: Path):
    """The unit's machine and the reviewer's: nothing passes between them but two files."""
    other = tmp_path / "审核人的机器"
    with serving(root) as (_, here), serving(other) as (_, there):
        clerk = come(here, "张三", "clerk")
        clerk.on("dialog", lambda dialog: dialog.accept())
        clerk.goto(f"{clerk.base}{UNIT}p/13028124P00507410001X")
        for field, text in (("cause", "部分发票年底以后才送到"), ("remedy", "每月催报一次")):
            control = cell(clerk, "时效1", field)
            control.evaluate("box => { const more = box.closest('details'); if (more) more.open = true; }")
            control.fill(text)
            control.blur()
        saved(clerk)
        clerk.goto(clerk.base + UNIT)
        done(clerk, "出具自评表")
        clerk.goto(clerk.base + UNIT)
        clerk.get_by_role("button", name="报送", exact=True).click()
        clerk.get_by_role("button", name="打包报送").click()
        with clerk.expect_download() as coming:
            clerk.locator(".files a", has_text="报送材料").click(timeout=120_000)
        package = tmp_path / "报送材料.zip"
        coming.value.save_as(package)

        reviewer = come(there, "李四", "reviewer")
        playwright.expect(reviewer.locator("h1")).to_have_text("收件")
        reviewer.set_input_files("input[type=file]", package)
        reviewer.get_by_role("button", name="收下，核对").click()
        reviewer.get_by_role("link", name="审核", exact=True).click(timeout=120_000)
        reviewer.goto(f"{reviewer.base}{TABLE}")
        out(reviewer, "数量1|{row.earned}").click()
        reviewer.get_by_label("对这一格的审核意见").fill("名册只有50人")
        reviewer.get_by_role("button", name="写意见").click()
        playwright.expect(reviewer.locator("#r-数量1")).to_contain_text("意见")
        reviewer.goto(f"{reviewer.base}{TABLE}/recheck")
        row = reviewer.locator("tr#r-数量1")
        row.locator("summary").click()
        row.get_by_label("复核完成值").fill("50人")
        row.get_by_label("偏差原因").fill("名册只有50人")
        row.get_by_role("button", name="存入复核").click()
        playwright.expect(row).to_contain_text("-1.49")
        reviewer.goto(f"{reviewer.base}{UNIT}review")
        reviewer.get_by_role("button", name="写意见文件").click()
        with reviewer.expect_download() as coming:
            reviewer.locator(".files a").click(timeout=60_000)
        opinion = tmp_path / "意见.zip"
        coming.value.save_as(opinion)

        clerk.goto(clerk.base + "/parcels")
        clerk.set_input_files("input[type=file]", opinion)
        clerk.get_by_role("button", name="收下意见").click()
        playwright.expect(clerk.locator("main .said")).to_contain_text("已收下", timeout=60_000)
        clerk.goto(clerk.base + TABLE)
        playwright.expect(clerk.locator("#panel")).to_contain_text("名册只有50人")
        clerk.fill("#panel textarea[name=answer]", "另有7人在分册")
        clerk.get_by_role("button", name="回复").click()
        playwright.expect(clerk.locator(".said")).to_contain_text("已回复")


# ---- the year of six projects ---------------------------------------------------------------------------------------


def done(page: Any, button: str) -> None:
    """Press what begins a long work, and wait for its end."""
    page.get_by_role("button", name=button).click()
    playwright.expect(page.locator("main .said")).to_be_visible(timeout=120_000)
    assert page.locator("main .box.bad").count() == 0, page.content()


def fill(page: Any, score: TableScore) -> None:
    """Type what the sample has, cell by cell; what it computes from money is typed as it came out."""
    values = acts.entering.values_of(score.table, score.actuals)
    computed = {row.indicator.id: row.actual_shown for row in score.rows if row.indicator.formula}
    for row, shown in computed.items():
        values[row]["actual"] = shown
    for box in page.locator(".in").all():
        row, field = box.get_attribute("data-row"), box.get_attribute("data-field")
        text = values.get(row, {}).get(field, "")
        if not text:
            continue
        box.evaluate("box => { const more = box.closest('details'); if (more) more.open = true; }")
        control = box.locator(":is(input, select, textarea)")
        if field == "state":
            control.select_option(text)
        else:
            control.fill(text)
            control.blur()
    saved(page, 60)
    playwright.expect(page.locator(".in.unread")).to_have_count(0, timeout=30_000)


def test_the_year_of_six_projects_from_nothing_to_accepted_and_verified(come: Any, tmp_path: Path):
    root, sample = tmp_path / "单位", tmp_path / "示例"
    list(copy_sample(sample))
    scores = [
        view.score
        for view in acts.surveying.survey(
            acts.surveying.KnownSitting(open_workspace(sample), 2023, "629001", None, sample)
        ).tables
    ]
    with serving(root) as (_, address):
        clerk = come(address, "张三", "clerk")
        for name, text in (
            ("name", "遵化市文化路街道办事处本级"),
            ("unit", "629001"),
            ("authority", "遵化市文化路街道办事处"),
            ("year", "2023"),
        ):
            clerk.fill(f"main input[name={name}]", text)
        clerk.set_input_files("input[type=file]", ROOT / "rules/projects/2023/629001/source/goals.txt")
        clerk.get_by_role("button", name="建工作区").click()
        clerk.get_by_role("link", name="答复 1 处").click(timeout=120_000)
        clerk.get_by_label("≥", exact=True).check()
        clerk.get_by_role("button", name="写入答复").click()
        playwright.expect(clerk.locator("#panel")).to_contain_text("还差", timeout=30_000)  # the first form
        for score in scores:
            clerk.goto(f"{clerk.base}{UNIT}p/{score.code}")
            fill(clerk, score)
        clerk.goto(clerk.base + UNIT)
        wrong = clerk.locator("main ul.plain li", has_text="费用报销及时性")
        playwright.expect(wrong.first).to_be_visible()
        clerk.goto(f"{clerk.base}{UNIT}p/13028124P00507410001X")
        row = clerk.locator('[data-row][data-field="cause"]').evaluate_all("boxes => boxes.map(box => box.dataset.row)")
        late = next(one for one in row if one.startswith("时效"))
        for field, text in (("cause", "部分发票年底以后才送到"), ("remedy", "每月催报一次，十二月十日以前报完")):
            cell(clerk, late, field).evaluate(
                "control => { const more = control.closest('details'); if (more) more.open = true; }"
            )
            cell(clerk, late, field).fill(text)
            cell(clerk, late, field).blur()
        saved(clerk)
        clerk.goto(clerk.base + UNIT)
        done(clerk, "出具自评表")
        clerk.goto(clerk.base + UNIT)
        clerk.on("dialog", lambda dialog: dialog.accept())
        clerk.get_by_role("button", name="报送", exact=True).click()
        playwright.expect(clerk.locator(".said")).to_contain_text("已报送 v01")

        reviewer = come(address, "李四", "reviewer")
        reviewer.on("dialog", lambda dialog: dialog.accept())
        reviewer.goto(reviewer.base + "/worklist")
        reviewer.get_by_role("link", name="审核", exact=True).click()
        reviewer.get_by_text("劳务派遣服务经费").last.click()
        reviewer.fill(f"textarea[name=remark_{CODE}]", "人数与名册不符，请核对")
        reviewer.get_by_role("button", name="退回", exact=True).click()
        playwright.expect(reviewer.locator(".said")).to_contain_text("已退回")

        clerk.goto(f"{clerk.base}{UNIT}p/{CODE}")
        playwright.expect(clerk.locator("#panel")).to_contain_text("人数与名册不符")
        cell(clerk, "数量1", "actual").fill("58人")
        cell(clerk, "数量1", "actual").blur()
        clerk.fill("#reason", "名册漏一人")
        clerk.get_by_role("button", name="存入").click()
        saved(clerk)
        clerk.fill("#panel textarea[name=answer]", "已核对，实为58人")
        clerk.get_by_role("button", name="回复").click()
        playwright.expect(clerk.locator(".said")).to_contain_text("已回复")
        done(clerk, "出具自评表")
        clerk.goto(clerk.base + UNIT)
        clerk.get_by_role("button", name="报送", exact=True).click()
        playwright.expect(clerk.locator(".said")).to_contain_text("已报送 v02")

        same = come(address, "张 三", "reviewer")  # who submitted cannot accept, under the same name
        same.on("dialog", lambda dialog: dialog.accept())
        same.goto(f"{same.base}{UNIT}review")
        same.get_by_role("button", name="通过").click()
        playwright.expect(same.locator("main")).to_contain_text("不能自己")

        reviewer.goto(f"{reviewer.base}{UNIT}review")
        playwright.expect(reviewer.locator("main")).to_contain_text(["57人", "→", "58人"][0], timeout=60_000)
        reviewer.get_by_role("button", name="通过").click()
        playwright.expect(reviewer.locator(".said")).to_contain_text("审核通过 v02")

        auditor = come(address, "王五", "auditor")
        auditor.goto(auditor.base + UNIT)
        done(auditor, "核对台账")
        playwright.expect(auditor.locator("main")).to_contain_text("台账完好")
        clerk.goto(clerk.base + UNIT)
        done(clerk, "打印全部")
        playwright.expect(clerk.locator(".files a")).to_contain_text("合订")
