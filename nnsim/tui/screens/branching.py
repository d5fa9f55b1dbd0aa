"""What if: keys of the stepper that begin branches, take them back, and look at them."""

import gc
from functools import partial
from typing import TYPE_CHECKING

from nnsim.engine.notation import number
from nnsim.tui.keys import quiet
from nnsim.tui.moment import Moment, parse
from nnsim.tui.screens.branches import Branches, Wanted
from nnsim.tui.screens.looking import LookingScreen
from nnsim.tui.screens.silence import Silence
from nnsim.tui.widgets.edit import SENT, EditLine

if TYPE_CHECKING:
    from nnsim.debugger.branches import Branch

HOW = "A number, or: learning_rate = 0.1 · optimizer = adam · layer 1 activation = relu · W1[0,2] = 0.5"
KEYS = "⏎ replace, in a branch of its own   Esc leave it"
SOON = 0.1  # seconds until the memory of a branch that was taken back is free again
BRANCH_BINDINGS = (
    quiet("r", "replace", "branch: replace", "Set the chosen number, or a setting, by hand: what if?"),
    quiet("u", "undo", "branch: undo", "Take back the edit that this branch began with"),
    quiet("d", "silence", "branch: silence", "What the metrics lose without the chosen hidden unit"),
    quiet("T", "branches", "branch: tree", "All branches: stand on another, compare, delete"),
    quiet("C", "compare", "branch: compare", "Two branches side by side"),
    quiet("R", "race", "branch: race", "The same start under several optimizers, learning rates, seeds …"),
)


class BranchingScreen(LookingScreen):
    """Edits go to the session, which then stands on another branch."""

    async def action_replace(self) -> None:
        self._pause()
        if not self.query(EditLine):  # it is made when it is first asked for: the first paint does not wait for it
            await self.mount(EditLine())
        moment = self._newest()
        shown = "" if moment.covered else f" = {number(moment.number, moment.view.digits)}"
        question = f"Replace {moment.explanation.label}{shown} by"
        self.query_one(EditLine).ask(question, self._try_edit, self._edited, HOW, KEYS)
        self.run_worker(self.session.sim.prepare_branch, thread=True)  # while one types

    def on_screen_suspend(self) -> None:
        """What opens above may move the cursor away from the number in question."""
        for line in self.query(EditLine):
            line.action_close(False)

    def _try_edit(self, text: str) -> None:
        with self.session.lock:
            self.session.edit(text)

    def _edited(self, done: bool) -> None:
        self._refresh()
        if done:
            words = f"A branch: {self.session.branch.title}. u takes it back, T shows all branches."
            self.set_timer(SENT, partial(self._say, words))

    def action_undo(self) -> None:
        self._pause()
        try:
            with self.session.lock:
                undone = self.session.undo()
        except ValueError as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        else:
            self._refresh()
            self._say(f"Taken back: {undone.title}.")
            self.set_timer(SOON, gc.collect)  # the next edit finds it at hand

    def action_silence(self) -> None:
        self._pause()
        moment = self._newest()
        found = hidden_unit(moment)
        if found is None:
            self._say("Choose a number of a hidden unit first: of z₁, a₁, ∂L/∂z₁ or a weight.")
            return
        layer, unit = found
        name = moment.layout[f"a{layer}"].axes[1].names[unit]

        def silence(wanted: bool | None) -> None:
            if wanted:
                self._try_edit(f"layer {layer} {name} = 0")
                self._edited(True)

        self.app.push_screen(Silence(self.session, layer, unit, name), silence)

    def action_branches(self) -> None:
        self._pause()
        self.app.push_screen(Branches(self.session), self._go_to_branch)

    def _go_to_branch(self, wanted: Wanted | None) -> None:
        if wanted and wanted.compare:
            self._compare(wanted.branch)
            return
        if wanted:
            with self.session.lock:
                self.session.switch(wanted.branch)
        self._refresh()

    def action_compare(self) -> None:
        """This branch with the one that it began on; on the original with the newest one."""
        self._pause()
        tree, here = self.session.tree, self.session.branch
        other = here.parent or tree.branches[-1]
        if other is here:
            self._say("There is only the original: r replaces a number or a setting and so begins a branch.")
        else:
            self._compare(other)

    def _compare(self, other: "Branch") -> None:
        from nnsim.tui.screens.compare import Compare

        self.app.push_screen(Compare(self.session, other, self.session.branch), lambda _: self._refresh())

    def action_race(self) -> None:
        from nnsim.scenario.loading import Scenario
        from nnsim.tui.screens.race import RaceScreen

        self._pause()
        scenario = self.session.tree.root.sim.experiment
        if isinstance(scenario, Scenario):
            self.app.push_screen(RaceScreen(scenario, self.session))


def hidden_unit(moment: Moment) -> tuple[int, int] | None:
    """The hidden unit that the chosen number belongs to, by layer and place; of a weight the unit that it leads to."""
    part = parse(moment.op.name)
    for axis, (described, place) in reversed(list(enumerate(zip(moment.tensor.axes, moment.index, strict=True)))):
        if described.kind == "hidden":
            return (part.layer - 1 if part.base == "W" and axis == 0 else part.layer, place)
    return None
