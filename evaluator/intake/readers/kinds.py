"""What a file really is: its bytes decide, and a name that says otherwise is an error that names the truth."""

from __future__ import annotations

import re

from evaluator.intake.guard import BROKEN, EMPTY, KIND, LOCKED, UNSUPPORTED, Package, Refused

NAMES = {
    "text": "纯文本",
    "docx": "Word 文档（.docx）",
    "xlsx": "Excel 工作簿（.xlsx）",
    "pdf": "PDF",
    "html": "网页（HTML）",
}
EXTENSIONS = {
    **dict.fromkeys((".txt", ".text", ".md", ".tsv", ".tab"), "text"),
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), "docx"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), "xlsx"),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".shtml"), "html"),
    ".pdf": "pdf",
}
SUFFIX = {"text": ".txt", "docx": ".docx", "xlsx": ".xlsx", "pdf": ".pdf", "html": ".html"}
TO_DOCX = "在 Word 或 WPS 中另存为 .docx，或用 LibreOffice：soffice --headless --convert-to docx 文件"
TO_XLSX = "在 Excel 或 WPS 中另存为 .xlsx，或用 LibreOffice：soffice --headless --convert-to xlsx 文件"
FOREIGN = {  # extensions of formats that are not read, whatever is inside
    ".ofd": "在 OFD 阅读器中另存或打印为 PDF，或向制发单位索取 .docx/.xlsx",
    ".odt": TO_DOCX,
    ".ods": TO_XLSX,
    ".csv": "在 Excel 或 WPS 中另存为 .xlsx",
    ".zip": "解压后逐个导入",
    ".rar": "解压后逐个导入",
    ".7z": "解压后逐个导入",
}
UNREAD = (  # what a file begins with that is not read, what it then is, and what to do
    (rb"\{\\rtf", " RTF 文档", TO_DOCX),
    (rb"(?s)\s*(?i:MIME-Version|Content-Type|From):.*boundary=", "单个文件网页（.mht）", TO_DOCX),
    (rb"(?s)(?=.*schemas-microsoft-com:office:spreadsheet).*<Workbook", " Excel 2003 的 XML 表格", TO_XLSX),
    (rb"(?s).*(?:schemas\.microsoft\.com/office/word/2003|office/2006/xmlPackage)", " Word 的单文件 XML", TO_DOCX),
    (rb"\x89PNG|GIF8|II\*\0|MM\0\*|\xff\xd8\xff|BM", "图片", "先作文字识别（OCR），校对后存为 .docx 或 .xlsx"),
)
_HTML = re.compile(
    r"\s*(<!--(?:(?!-->).)*-->\s*|<\?xml[^>]*\?>\s*)*<(!doctype\s+html|html|head|body|meta|table|div|style|title)\b",
    re.I | re.S,
)


def kind_of(raw: bytes, extension: str) -> str:
    """The kind of a file (text, docx, xlsx, pdf, html), or a refusal that says what it is and what to do."""
    if not raw:
        raise Refused(EMPTY, "文件是空的（0 字节）")
    if extension in FOREIGN:
        raise Refused(UNSUPPORTED, f"不读取 {extension} 文件", FOREIGN[extension])
    kind = _kind(raw, extension)
    named = EXTENSIONS.get(extension)
    if extension in (".xls", ".et", ".doc", ".wps"):
        old, save = ("旧版 Excel", TO_XLSX) if extension in (".xls", ".et") else ("旧版 Word", TO_DOCX)
        habit = "（系统导出时常见）" if kind == "html" else ""
        says = f"扩展名 {extension} 表示{old} 或 WPS 文件，内容实为“{NAMES[kind]}”{habit}"
        raise Refused(KIND, says, f"把扩展名改为 {SUFFIX[kind]}，或{save}")
    if named and named != kind:
        says = f"扩展名 {extension} 与内容不符：内容实为“{NAMES[kind]}”"
        raise Refused(KIND, says, f"把扩展名改为 {SUFFIX[kind]} 后再导入")
    return kind


def _kind(raw: bytes, extension: str) -> str:
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise _compound(raw, extension)
    if b"%PDF-" in raw[:1_024]:
        return "pdf"
    if raw.startswith(b"PK\x03\x04"):
        return _zip(raw)
    head = raw[:65_536]
    for begins, what, advice in UNREAD:
        if re.match(begins, head):
            raise Refused(UNSUPPORTED, f"内容是{what}", advice)
    named, html = EXTENSIONS.get(extension), _is_html(head)
    if named in ("docx", "xlsx", "pdf") and not html:
        raise Refused(BROKEN, f"不是有效的“{NAMES[named]}”，文件已损坏或扩展名有误", "重新保存或重新传送文件")
    return "html" if html or (named == "html" and b"<" in head) else "text"


def _is_html(head: bytes) -> bool:
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    return bool(_HTML.match(head.removeprefix(b"\xef\xbb\xbf").decode(encoding, "replace")))


def _zip(raw: bytes) -> str:
    names = Package(raw).names
    if "OFD.xml" in names:
        raise Refused(UNSUPPORTED, "内容是 OFD 版式文件", FOREIGN[".ofd"])
    for kind, folder in (("docx", "word/"), ("xlsx", "xl/")):
        if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
            if f"{folder}workbook.bin" in names:
                raise Refused(UNSUPPORTED, "内容是 Excel 二进制工作簿（.xlsb）", TO_XLSX)
            return kind
    if "content.xml" in names:
        raise Refused(UNSUPPORTED, "内容是 OpenDocument 文件", "在 WPS 或 LibreOffice 中另存为 .docx 或 .xlsx")
    raise Refused(UNSUPPORTED, "内容是压缩包，不是 Word 或 Excel 文件", "解压后逐个导入")


def _compound(raw: bytes, extension: str) -> Refused:
    """Why a compound (OLE2) file is not read: a password, or Word, Excel or WPS before 2007."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in raw

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        return Refused(LOCKED, "文件设有打开密码", "在 Word、Excel 或 WPS 中去掉密码后另存")
    given = f"，扩展名却是 {extension}" if extension in EXTENSIONS else ""
    if holds("WordDocument"):
        return Refused(UNSUPPORTED, f"内容是旧版 Word 或 WPS 文字（.doc/.wps）{given}", TO_DOCX)
    if holds("Workbook") or holds("Book"):
        return Refused(UNSUPPORTED, f"内容是旧版 Excel 或 WPS 表格（.xls/.et）{given}", TO_XLSX)
    return Refused(UNSUPPORTED, f"内容是旧版 Office 或 WPS 文件{given}", f"文字：{TO_DOCX}；表格：同样另存为 .xlsx")
