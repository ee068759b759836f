"""The rule book as a Word document: chapters on pages of their own, every cross reference a link."""

from __future__ import annotations

from evaluator.formats.docx import Paper, Piece
from evaluator.handbook.chapters import Block, Book, Entry, Facts, Paragraph, Snippet, Table, Text

NUMBERS = "一二三四五六七八九十"


def handbook_docx(book: Book) -> bytes:
    """The whole book; the same book gives the same bytes."""
    paper = Paper(book.title, book.stamp)
    paper.heading(book.title, 0)
    _block(paper, book.about)
    paper.heading("目录", 2)
    for number, chapter in enumerate(book.chapters):
        told = f"{NUMBERS[number]}、{chapter.title}"
        paper.paragraph([(told, chapter.anchor), (f"（{len(chapter.entries)}）", "")])
    for number, chapter in enumerate(book.chapters):
        paper.heading(f"{NUMBERS[number]}、{chapter.title}", 1, chapter.anchor, apart=True)
        for block in chapter.blocks:
            _block(paper, block)
        for entry in chapter.entries:
            _entry(paper, entry, 2)
    return paper.save()


def _entry(paper: Paper, entry: Entry, level: int) -> None:
    beside = "　".join(entry.beside)
    paper.heading(f"{entry.title}　{beside}" if beside else entry.title, level, entry.anchor)
    for block in entry.blocks:
        _block(paper, block)
    for part in entry.parts:
        _entry(paper, part, level + 1)


def _block(paper: Paper, block: Block) -> None:
    match block:
        case Paragraph(text):
            paper.paragraph(_pieces(text))
        case Facts(rows):
            paper.table(
                (), [[[(label, "")], _pieces(said)] for label, said in rows], (16, 84), bold=(0,), together=True
            )
        case Table(heads, widths, rows):
            paper.table(heads, [[_pieces(cell) for cell in row] for row in rows], widths, size=8)
        case Snippet(label, text):
            paper.table((), [[[(label, "")], [(text, "")]]], (16, 84))


def _pieces(text: Text) -> list[Piece]:
    return [(piece.text, piece.leads) for piece in text]
