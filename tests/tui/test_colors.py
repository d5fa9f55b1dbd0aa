import pytest

from nnsim.tui.app import NnsimApp
from nnsim.tui.colors import STEPS, Palette, ink, step, tint


def test_the_scale_is_symmetric_and_zero_is_its_own() -> None:
    assert [step(value, 1.0) for value in (-2, -1, -0.01, 0, 0.01, 1)] == [-STEPS, -STEPS, -1, 0, 1, STEPS]
    assert step(float("nan"), 1.0) == 0
    assert step(1.0, 0.0) == 0
    assert [step(value, 1e308) for value in (-1e308, 5e307, 1e300)] == [-STEPS, STEPS // 2, 1]


def test_plain_palettes_tell_apart_without_color() -> None:
    palette = Palette({}, dark=True, plain=True)
    assert palette["cursor"].reverse
    assert palette["b+5 cursor"].reverse
    assert palette["now"].reverse
    assert palette["dim"].dim
    assert palette["cursor"].bgcolor is None


@pytest.mark.parametrize("theme", ["nnsim-dark", "nnsim-light", "textual-dark", "textual-light", "nord", "ansi-dark"])
async def test_every_theme_has_every_role(theme: str) -> None:
    app = NnsimApp(None, lambda name: NotImplemented, lambda: ())
    async with app.run_test() as pilot:
        app.theme = theme
        await pilot.pause()
        for value in (-1.0, -0.4, 0.0, 0.4, 1.0):
            assert app.palette[ink(value, 1.0)] is not None
            assert app.palette[f"{tint(value, 1.0)} cursor"] is not None
