"""The frame around a panel: title above, a remark below."""

from nnsim.tui.rows import Row, crop, fit, shorten, width_of


def box(title: Row, body: list[Row], remark: Row, width: int, height: int, focused: bool = False) -> list[Row]:
    """`body` framed to exactly `width` × `height`."""
    edge = "focus" if focused else "faint"
    inner = width - 4
    rows = [_edge("╭", "╮", title, width, edge)]
    for y in range(height - 2):
        line = fit(body[y], inner) if y < len(body) else [(" " * inner, "")]
        rows.append([("│ ", edge), *line, (" │", edge)])
    rows.append(_edge("╰", "╯", remark, width, edge, at_end=True))
    return rows


def _edge(start: str, end: str, label: Row, width: int, edge: str, at_end: bool = False) -> Row:
    room = width - 6
    if not label or room < 4:
        return [(shorten(start + "─" * (width - 2) + end, width), edge)]
    label = crop(label, room)
    line = "─" * (room - width_of(label))
    if at_end:
        return [(f"{start}{line}─ ", edge), *label, (f" ─{end}", edge)]
    return [(f"{start}─ ", edge), *label, (f" {line}─{end}", edge)]
