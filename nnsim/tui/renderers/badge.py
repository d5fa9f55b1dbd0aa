"""The badge: what the self-check has found, in as many words as there is room for."""

from nnsim.debugger.selfcheck import WRONG, Report
from nnsim.engine.notation import symbol
from nnsim.tui.rows import Row, width_of


def badge(report: Report, iteration: int, width: int) -> Row:
    """In at most `width` cells; empty where that is too few. iteration: where the cursor stands."""
    where = f" (at {report.iteration:,})" if report.iteration != iteration else ""
    role = "bar accent" if report.good else "bar warning"
    if where:
        role = "bar dim"
    mark = "✓" if report.good else "✗"
    for words in _words(report):
        row: Row = [(f"{mark} {words}{where} ", role)]
        if width_of(row) <= width:
            return row
    return [(f"{mark} ", role)] if width >= 2 else []


def _words(report: Report) -> list[str]:
    """From many to few."""
    replay = "replay identical" if report.identical else "replay differs"
    if report.by_hand:
        return [f"{replay} · gradients follow numbers set by hand", f"{replay} · set by hand", replay]
    if not report.checked:
        return [f"gradients cannot be compared here · {replay}", replay]
    if report.wrong:
        named = symbol(f"d{report.worst}")
        found = f"{named} off by {report.discrepancy:.0e}"
        return [f"{found} from central differences · {replay}", f"{found} · {replay}", found]
    if not report.identical:
        return ["a replay from the keyframe before differs", replay]
    close = f"to {report.discrepancy:.0e}" if report.discrepancy < min(WRONG.values()) else "within rounding"
    close = close if report.discrepancy else "exactly"
    some = report.checked + report.left_out < report.gradients
    count = f"{report.checked:,} of {report.gradients:,} gradients" if some else "gradients"
    kinks = f", {report.left_out} without a derivative" if report.left_out else ""
    return [
        f"{count} agree {close}{kinks} · {replay}",
        f"{count} agree {close} · {replay}",
        f"gradients agree {close}",
        "checked",
    ]
