"""The welcome: one screen, shown once."""

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from nnsim.tui.screens.dialog import Dialog

WORDS = """\
This is the training of a neural network, one operation at a time.

 [b]n[/b]  runs the next operation; [b]b[/b] takes it back
 [b]⏎[/b]  goes one iteration on, [b]Space[/b] lets it run
 [b]↑ ↓ ← →[/b]  or a click choose a number

For the number that you choose, [b]Why[/b] shows the arithmetic behind it.

[b]?[/b] explains the panel you are in, [b]q[/b] leaves.

Any key closes this; it is not shown again."""


class WelcomeScreen(Dialog[None]):
    CSS_PATH = "welcome.tcss"

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome"):
            yield Static(Text.from_markup(WORDS))

    def on_mount(self) -> None:
        self.query_one("#welcome").border_title = "Welcome to nnsim"

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss()

    def on_click(self) -> None:
        self.dismiss()
