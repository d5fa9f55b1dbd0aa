"""A page of headings, texts, tables and arithmetic, written as Markdown or as HTML. All text is text, never markup."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

BLANK = None  # a cell to be filled in


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
    body = "\n".join(_tagged(block) for block in blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{_escaped(title)}</title>\n'
        f"<style>\n{STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


FORMATS: dict[str, tuple[str, Callable[[Sequence[Block]], str]]] = {
    "markdown": (".md", markdown),
    "html": (".html", html),
}

STYLE = """\
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 11pt/1.45 system-ui, sans-serif; color: #111;
  background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; border-bottom: 1px solid #999; } h3 { font-size: 1rem; }
table { border-collapse: collapse; margin: 0.6rem 0; font-variant-numeric: tabular-nums; }
th, td { border: 1px solid #888; padding: 0.2rem 0.5rem; text-align: right; }
th { font-weight: 600; background: #f0f0f0; } tbody th { text-align: left; }
td.blank { min-width: 4.5rem; height: 1.5rem; }
pre { font: 9.5pt/1.4 ui-monospace, monospace; white-space: pre-wrap; margin: 0.4rem 0; padding-left: 0.6rem;
  border-left: 3px solid #ccc; }
@media print {
  body { margin: 0; max-width: none; font-size: 10pt; }
  h2, h3 { break-after: avoid; } table, pre { break-inside: avoid; }
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


def _tagged(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_escaped(text)}</h{level}>"
        case Text(text):
            return f"<p>{_escaped(text)}</p>"
        case Code(lines):
            return "\n".join([f"<pre>{_escaped(lines[0])}", *map(_escaped, lines[1:])]) + "</pre>"
        case Table():
            return "\n".join(_tagged_table(block))


def _tagged_table(table: Table) -> Iterator[str]:
    yield "<table>"
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
