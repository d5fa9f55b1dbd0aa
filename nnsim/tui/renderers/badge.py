"""The badge: what the self-check has found, in as many words as there is room for."""

from nnsim.debugger.selfcheck import WRONG, Report
from nnsim.engine.notation import symbol
from nnsim.tui.rows import Row, width_of


def badge(report: Report, iteration: int, width: int) -> Row:
    """In at most `width` cells, never its sign alone: empty where words have no room.

    iteration: where the cursor stands.
    """
    where = f" (at {report.iteration:,})" if report.iteration != iteration else ""
    role = "bar dim" if where else "bar accent" if report.clear else "bar warning"
    mark = "✓" if report.clear else "▲" if report.good else "✗"
    for words in _words(report):
        row: Row = [(f"{mark} {words}{where} ", role)]
        if width_of(row) <= width:
            return row
    return []


def _words(report: Report) -> list[str]:
    """From many to few."""
    replay = "replay identical" if report.identical else "replay differs"
    if report.by_hand:
        return [f"{replay} · gradients follow numbers set by hand", f"{replay} · set by hand", replay, "by hand"]
    if report.wrong:
        named = symbol(f"d{report.worst}")
        found = f"{named} off by {report.discrepancy:.0e}"
        return [f"{found} from central differences · {replay}", f"{found} · {replay}", found, "wrong"]
    if not report.identical:
        return ["a replay from the keyframe before differs", replay, "differs"]
    if report.nonfinite:
        some = f"nan or ∞ in {report.nonfinite:,} of {report.checked + report.nonfinite:,} gradients, the others agree"
        found = some if report.checked else "nan or ∞: gradients cannot be compared"
        return [f"{found} · {replay}", found, "gradients of nan or ∞", "nan or ∞"]
    if report.too_large:
        every = report.checked + report.too_large
        some = f"{report.too_large:,} of {every:,} gradients too large to be compared, the others agree"
        found = some if report.checked else "gradients too large to be compared"
        return [f"{found} · {replay}", found, "gradients too large to be compared", "gradients too large", "too large"]
    if not report.checked:
        found = "kinks of the loss: gradients cannot be compared"
        return [f"{found} · {replay}", f"only kinks · {replay}", replay, "replay"]
    close = f"to {report.discrepancy:.0e}" if report.discrepancy < min(WRONG.values()) else "within rounding"
    close = close if report.discrepancy else "exactly"
    sampled = report.checked + report.left_out < report.gradients
    count = f"{report.checked:,} of {report.gradients:,} gradients" if sampled else "gradients"
    kinks = f", {report.left_out} left out at a kink of the loss" if report.left_out else ""
    return [
        f"{count} agree {close}{kinks} · {replay}",
        f"{count} agree {close} · {replay}",
        f"{count} agree {close}",
        "checked",
    ]
