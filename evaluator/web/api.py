"""The interface for programs (`/api`): the same acts as JSON, described by OpenAPI, for bridges to other systems.

A program says the token of the running server in `Authorization: Bearer …`, its name in `X-By` and its role in `X-Role`; a
page that is signed in may read.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field

from evaluator import acts
from evaluator.acts.surveying import UnitYear
from evaluator.errors import EvaluatorError
from evaluator.files.plain import problem_json
from evaluator.web import security
from evaluator.web.visits import Bench, GivenResponse, Visit, environment, hidden

ABOUT = """结果、完成情况、自评表的读写，与页面、命令是同一套动作。
程序写 `Authorization: Bearer 口令`（启动时印出的地址里的口令）、`X-By: 姓名`（百分号编码）、`X-Role: clerk`；
被拒绝的写明 `problems`：编号、说法、位置、可填什么、怎样处理。"""
Year = Annotated[int, Field(ge=2000, le=2100)]


class PutRow(BaseModel):
    """New values of one row."""

    row: str = Field(title="指标编号；预算执行率填金额；空为整表")
    values: dict[str, str] = Field(title="栏目 → 新的值；空文字为没有")
    was: dict[str, str] = Field({}, title="栏目 → 改以前看到的值；现在不是它就不写")


class PutRows(BaseModel):
    """New values of a table."""

    rows: list[PutRow] = Field(min_length=1, max_length=500, title="各行")
    reason: str = Field("", max_length=1000, title="理由；报送以后必写")


class PutRemarks(BaseModel):
    """Remarks of a return, or by themselves."""

    remarks: list[str] = Field(
        min_length=1, max_length=100, title="意见；写成 项目编码=意见 只退一个项目，项目编码/指标编号=意见 说的是一行"
    )


def create_api(bench: Bench) -> FastAPI:
    """The interface as an application of its own, below `/api`."""
    api = FastAPI(title="ziping 自评", description=ABOUT, version="1", docs_url=None, redoc_url=None)

    @api.exception_handler(EvaluatorError)
    async def refused(request: Request, error: EvaluatorError) -> Response:
        status = (
            404 if {"U204", "U205", "U385", "U398", "W404"} >= {problem.code for problem in error.problems} else 422
        )
        return JSONResponse({"problems": [problem_json(hidden(problem, bench)) for problem in error.problems]}, status)

    def visiting(act: str) -> Any:
        """Who asks, if they may do this act."""

        def visit(
            request: Request,
            authorization: Annotated[str, Header()] = "",
            x_by: Annotated[str, Header()] = "",
            x_role: Annotated[str, Header()] = "auditor",
            x_csrf: Annotated[str, Header()] = "",
        ) -> Visit:
            visitor = bench.sessions.of(request.cookies.get(bench.cookie, ""))
            if authorization:
                if not bench.sessions.is_token(authorization.removeprefix("Bearer ")):
                    raise HTTPException(401, "口令不对")
                roles = frozenset(x_role.split(",")) & security.EVERYBODY
                visitor = security.Visitor("", unquote(x_by)[:50].strip(), roles)
            elif visitor is None:
                raise HTTPException(401, "没有口令")
            elif request.method in security.UNSAFE and not security.same(x_csrf, visitor.csrf):
                raise HTTPException(403, "缺少页面的凭据")
            if not security.may(visitor.roles, act, bench.read_only):
                raise HTTPException(403, "这个身份不能做这件事，或工作台是只读的")
            return Visit(bench, request, visitor)

        return Depends(visit)

    acts_of = ("see", "export", "fill", "submit", "return", "remark", "accept")
    SEE, EXPORT, FILL, SUBMIT, RETURN, REMARK, ACCEPT = map(visiting, acts_of)  # noqa: N806

    def unit_of(year: int, unit: str) -> UnitYear:
        for unit_year in acts.surveying.units(bench.space):
            if (unit_year.year, unit_year.code) == (year, unit):
                return unit_year
        raise HTTPException(404, "没有这个单位的这一年度")

    @api.get("/units", summary="单位和年度")
    def units(visit: Visit = SEE) -> list[dict[str, Any]]:
        return [
            {"year": unit.year, "unit": unit.code, "name": unit.name, "projects": unit.projects}
            for unit in acts.surveying.units(bench.space)
        ]

    @api.get("/{year}/{unit}", summary="一个单位一年的结果：各表、各行的得分、问题、依据，和现在的阶段")
    def result(year: Year, unit: str, visit: Visit = SEE) -> dict[str, Any]:
        survey = visit.survey(unit_of(year, unit))
        return {
            "stage": survey.standing.stage,
            "hindering": survey.hindering,
            "evaluation": acts.surveying.plain(survey),
        }

    @api.get("/{year}/{unit}/{code}/actuals", summary="一个项目的完成情况：已填的值和没有计入的草稿")
    def actuals(year: Year, unit: str, code: str, visit: Visit = SEE) -> dict[str, Any]:
        view = visit.survey(unit_of(year, unit)).table(code)
        drafts = [{name: getattr(draft, name) for name in draft.__slots__} for draft in view.drafts]
        return {
            "values": view.values,
            "drafts": drafts,
            "left": view.left,
            "problems": [problem_json(hidden(problem, bench)) for problem in view.wrong],
        }

    @api.put("/{year}/{unit}/{code}/actuals", summary="写完成情况；409 看到的已不是现在的值，428 要写理由")
    def put(year: Year, unit: str, code: str, put: PutRows, visit: Visit = FILL) -> Response:
        entries = [acts.entering.RowEntry(row.row, row.values, row.was) for row in put.rows]
        entered = acts.entering.enter(visit.at(unit_of(year, unit)), visit.name, code, entries, put.reason)
        status = 409 if entered.clashes else 428 if entered.unsaid else 200
        return JSONResponse(acts.entering.plain(entered), status)

    @api.get("/{year}/{unit}/{code}/form", summary="自评表，照印出的样子：html、pdf、xlsx、docx")
    def form(
        year: Year,
        unit: str,
        code: str,
        visit: Visit = EXPORT,
        format: str = "pdf",
        attachment: bool = False,
    ) -> Response:
        if format not in ("html", "pdf", "xlsx", "docx"):
            raise HTTPException(422, "格式：html、pdf、xlsx、docx")
        unit_year = unit_of(year, unit)
        survey = visit.survey(unit_year)
        document = acts.surveying.form_of(visit.at(unit_year), survey, survey.table(code).score, attachment)
        return GivenResponse(acts.carrying.as_file(document, f".{format}"), inline=True)

    @api.post("/{year}/{unit}/submit", summary="报送最近一次出具的")
    def submit(year: Year, unit: str, visit: Visit = SUBMIT) -> Response:
        submission = acts.submitting.submit(visit.at(unit_of(year, unit)), visit.name)
        answer = {
            "submitted": submission.entry is not None,
            "revision": submission.revision,
            "hindering": submission.hindering,
        }
        return JSONResponse(answer, 200 if submission.entry else 422)

    @api.post("/{year}/{unit}/return", summary="退回，附意见")
    def send_back(year: Year, unit: str, put: PutRemarks, visit: Visit = RETURN) -> dict[str, Any]:
        entry, remarks = acts.submitting.send_back(visit.at(unit_of(year, unit)), visit.name, put.remarks)
        return {"entry": entry.seq, "remarks": [remark.says for remark in remarks]}

    @api.post("/{year}/{unit}/remark", summary="写审核意见，不退回；没有回复以前不能通过")
    def remark(year: Year, unit: str, put: PutRemarks, visit: Visit = REMARK) -> dict[str, Any]:
        entry, remarks = acts.submitting.remark(visit.at(unit_of(year, unit)), visit.name, put.remarks)
        return {"entry": entry.seq, "open": [remark.says for remark in remarks]}

    @api.post("/{year}/{unit}/accept", summary="审核通过")
    def accept(year: Year, unit: str, visit: Visit = ACCEPT) -> dict[str, Any]:
        entry, revision = acts.submitting.accept(visit.at(unit_of(year, unit)), visit.name)
        return {"entry": entry.seq, "revision": revision}

    @api.get("/docs", include_in_schema=False)
    def docs(visit: Visit = SEE) -> HTMLResponse:
        return HTMLResponse(environment().get_template("api.html").render(api=api.openapi(), about=ABOUT))

    return api
