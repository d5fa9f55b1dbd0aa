"""A page of headings, texts, tables and arithmetic, written as Markdown or as HTML. All text is text, never markup."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

BLANK = None  # a cell to be filled in
SMALL, WIDEST = 60, 108  # characters in a row of a table: beyond them smaller letters, beyond those several tables
AROUND = 2  # what the lines around a cell take, in characters
LEAST = 6  # characters that a blank has room for


@dataclass(frozen=True)
class Heading:
    """`level` 1 is the title of the page."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Code:
    """Lines in which every space counts."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """`rows`: a name and the cells of each; a cell is text or BLANK. `corner` stands above the names."""

    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str | None, ...]], ...]


Block = Heading | Text | Code | Table


def markdown(blocks: Iterable[Block]) -> str:
    """As GitHub reads it."""
    parts: list[str] = []
    for block in blocks:
        match block:
            case Heading(text, level):
                parts.append(f"{'#' * level} {_marked(text)}")
            case Text(text):
                parts.append(_marked(text))
            case Code(lines):
                fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", "\n".join(lines))), default=0))
                parts.append("\n".join([f"{fence}text", *map(_one_line, lines), fence]))
            case Table():
                parts.append("\n".join(_marked_table(block)))
    return "\n\n".join(parts) + "\n"


def html(blocks: Sequence[Block]) -> str:
    """One file with all that it needs, made to be printed."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(_section(group) for group in _groups(blocks))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{_escaped(title)}</title>\n'
        f"<style>\n{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


FORMATS: dict[str, tuple[str, Callable[[Sequence[Block]], str]]] = {
    "markdown": (".md", markdown),
    "html": (".html", html),
}

STYLE = """\
@page { margin: 14mm 15mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; } }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 11pt/1.45 system-ui, sans-serif; color: #111;
  background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; border-bottom: 1px solid #999; }
h3 { font-size: 1rem; margin: 1.1rem 0 0; } h3 + p { margin: 0 0 0.3rem; color: #444; }
table { display: inline-table; vertical-align: top; border-collapse: collapse; margin: 0.3rem 1.2rem 0.5rem 0;
  font-variant-numeric: tabular-nums; }
th, td { border: 1px solid #888; padding: 0.2rem 0.5rem; text-align: right; white-space: nowrap; }
th { font-weight: 600; background: #f0f0f0; } tbody th { text-align: left; }
td.blank { min-width: 4.5rem; height: 1.5rem; }
table.small { font-size: 80%; } table.small td, table.small th { padding: 0.2rem 0.3rem; }
table.small td.blank { min-width: 3rem; }
pre { display: inline-block; vertical-align: top; max-width: 100%; box-sizing: border-box;
  font: 9.5pt/1.4 ui-monospace, monospace; white-space: pre-wrap; margin: 0.3rem 1.2rem 0.3rem 0; padding-left: 0.6rem;
  border-left: 3px solid #ccc; }
@media print {
  body { margin: 0; padding: 0; max-width: none; font-size: 10pt; }
  pre { font-size: 8pt; }
  h1 { margin-top: 0; } h2, h3 { break-after: avoid; } section, table, pre { break-inside: avoid; }
  th { background: none; }
}
"""

_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]#|~!])")
_AT_THE_START = re.compile(r"^(\s*)([-+]|\d+[.)]|=+)(?=\s|$)")


def _marked(text: str) -> str:
    """Markdown that reads as `text`."""
    plain = _one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _MEANS_SOMETHING.sub(r"\\\1", plain)
    return _AT_THE_START.sub(lambda match: f"{match[1]}{match[2][:-1]}\\{match[2][-1]}", plain)


def _marked_table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(map(_marked, (table.corner, *table.columns)))} |"
    yield f"|{' :-- |'}{' --: |' * len(table.columns)}"
    for name, cells in table.rows:
        yield f"| {' | '.join([_marked(name), *(_blank_or(cell) for cell in cells)])} |"


def _blank_or(cell: str | None) -> str:
    return "&nbsp;" * 10 if cell is BLANK else _marked(cell)


def _groups(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """What belongs together on a page: headings and a text with the tables that follow, arithmetic by itself."""
    group: list[Block] = []
    for block in blocks:
        last = type(group[-1]) if group else type(block)
        if last is not type(block) and (last in (Table, Code) or isinstance(block, Heading | Code)):
            yield group
            group = []
        group.append(block)
    yield group


def _section(blocks: Iterable[Block]) -> str:
    inner = "\n".join(_tagged(block) for block in blocks)
    return f"<section>\n{inner}\n</section>"


def _tagged(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_escaped(text)}</h{level}>"
        case Text(text):
            return f"<p>{_escaped(text)}</p>"
        case Code(lines):
            return "\n".join([f"<pre>{_escaped(lines[0])}", *map(_escaped, lines[1:])]) + "</pre>"
        case Table():
            small = sum(_widths(block)) > SMALL
            return "\n".join(line for part in _parts(block) for line in _tagged_table(part, small))


def _parts(table: Table) -> Iterator[Table]:
    """The table, or where it is too wide for paper several, each with some of its columns."""
    widths = list(_widths(table))
    start, used = 0, widths[0]
    for at, width in enumerate(widths[1:]):
        if used + width > WIDEST and at > start:
            yield _columns(table, slice(start, at))
            start, used = at, widths[0]
        used += width
    yield _columns(table, slice(start, len(table.columns)))


def _columns(table: Table, part: slice) -> Table:
    return replace(table, columns=table.columns[part], rows=tuple((name, cells[part]) for name, cells in table.rows))


def _widths(table: Table) -> Iterator[int]:
    """Characters across, of the names and of each column."""
    yield AROUND + max(len(table.corner), *(len(name) for name, _ in table.rows))
    for at, column in enumerate(table.columns):
        cells = (LEAST if row[at] is BLANK else len(row[at] or "") for _, row in table.rows)
        yield AROUND + max(len(column), *cells)


def _tagged_table(table: Table, small: bool) -> Iterator[str]:
    yield '<table class="small">' if small else "<table>"
    heads = "".join(f'<th scope="col">{_escaped(column)}</th>' for column in (table.corner, *table.columns))
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for name, cells in table.rows:
        filled = "".join('<td class="blank"></td>' if c is BLANK else f"<td>{_escaped(c)}</td>" for c in cells)
        yield f'<tr><th scope="row">{_escaped(name)}</th>{filled}</tr>'
    yield "</tbody></table>"


def _escaped(text: str) -> str:
    return escape(_one_line(text))


def _one_line(text: str) -> str:
    """What does not print, such as a line break in a name, shown and not obeyed."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
