"""Lines of quarter blocks in place of braille dots, which some fonts and terminals lack."""

from nnsim.tui.rows import Row

_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_DOTS = ((0x03, 1), (0x18, 2), (0x44, 4), (0xA0, 8))  # two dots of a braille letter, and the quarter that they lie in


def _block(dots: int) -> str:
    return _QUARTERS[sum(quarter for both, quarter in _DOTS if dots & both)]


_BLOCKS = {0x2800 + dots: _block(dots) for dots in range(256)}


def in_blocks(rows: list[Row]) -> list[Row]:
    """The rows with a block, of two by two quarters, in place of each braille letter, of two by four dots."""
    return [[(text.translate(_BLOCKS), role) for text, role in row] for row in rows]
