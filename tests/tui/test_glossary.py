"""The glossary on the screen."""

from collections.abc import Callable

import pytest
from textual.widgets import Input

import nnsim
from nnsim.scenario import glossary, names
from nnsim.tui.app import NnsimApp
from nnsim.tui.screens.glossary import GlossaryScreen, TermText
from nnsim.tui.screens.stepper import Stepper
from tests.tui.helpers import click_on, press, screen_text

Build = Callable[..., NnsimApp]


def shown(app: NnsimApp) -> str:
    entry = app.screen.query_one(TermText).entry
    return entry.term if entry else ""


async def test_it_begins_with_the_op(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        for keys, term in (("G", "sample"), ("n n G", "weighted sum"), ("n G", "tanh"), ("n n n G", "loss")):
            await press(pilot, keys)
            assert isinstance(app.screen, GlossaryScreen)
            assert shown(app) == term
            assert term in screen_text(app)
            await press(pilot, "escape")
            assert isinstance(app.screen, Stepper)


async def test_search(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "G v a n")
        assert shown(app) == "vanishing gradient"
        assert "A gradient that shrinks from layer to layer" in screen_text(app)
        app.screen.query_one(Input).value = "cost function"
        await pilot.pause()
        assert shown(app) == "loss"
        app.screen.query_one(Input).value = "backpropagatoin"
        await pilot.pause()
        assert shown(app) == "backpropagation"
        app.screen.query_one(Input).value = "[red]%&/"
        await pilot.pause()
        assert "no such term" in screen_text(app)
        await press(pilot, "down up pagedown")
        app.screen.query_one(Input).value = ""
        await press(pilot, "down down up")
        assert shown(app) == glossary.entries()[1].term
        await click_on(pilot, "Adam", width=28)
        assert shown(app) == "Adam"


async def test_it_belongs_to_a_field_of_the_design(app_for: Build) -> None:
    app = app_for("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "D down down down down G")
        assert shown(app) == "validation set"


@pytest.mark.parametrize("name", names())
def test_the_term_of_every_op_is_known(name: str) -> None:
    scenario = nnsim.load(name)
    known = {entry.term for entry in glossary.entries()}
    activations = [layer.activation for layer in scenario.network.layers]
    for op in nnsim.Simulation(scenario).program:
        assert glossary.term_of_op(op.name, activations) in known, op.name
