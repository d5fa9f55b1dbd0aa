"""The application: wires sessions to screens, and themes to colors."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from nnsim.scenario import catalogue
from nnsim.tui.colors import THEMES, Palette, diverging
from nnsim.tui.keys import command, quiet
from nnsim.tui.renderers.cards import Entry
from nnsim.tui.screens.picker import Picker

if TYPE_CHECKING:
    from nnsim.debugger.session import Session

OpenScenario = Callable[[str], "Session"]
Catalogue = Callable[[], Sequence[Entry]]


class NnsimApp(App[None]):
    """`session`: what to step through; None for the picker first."""

    TITLE = "nnsim"
    CSS_PATH = ["screens/stepper.tcss", "screens/picker.tcss"]  # noqa: RUF012 - either may be the first screen
    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("f2", "toggle_theme", "view: light or dark", "Change between the light and the dark theme"),
    ]

    def __init__(self, session: "Session | None", open_scenario: OpenScenario, catalogue: Catalogue) -> None:
        plain = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if plain else None)
        self._session, self._open_scenario, self._catalogue = session, open_scenario, catalogue
        self._palette: Palette | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "ansi-dark" if plain else "nnsim-dark"

    def get_default_screen(self) -> Screen[Any]:
        return self._stepper(self._session) if self._session else Picker(self._catalogue())

    def _stepper(self, session: "Session") -> Screen[Any]:
        from nnsim.tui.screens.stepper import Stepper

        return Stepper(session)

    def open_picker(self) -> None:
        self._go(Picker(self._catalogue()))

    def _go(self, screen: Screen[Any]) -> None:
        """Shows a screen in place of the current one; the first screen of all stays below."""
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    @work(thread=True, exclusive=True, group="open")
    def open(self, name: str) -> None:
        """Opens a scenario; reading its data may take a while, so the screen stays alive meanwhile."""
        try:
            session = self._open_scenario(name)
        except (ValueError, OSError) as error:
            title = f"{name} cannot be opened"
            self.call_from_thread(self.notify, str(error), title=title, severity="error", markup=False)
            return
        self.call_from_thread(lambda: self._go(self._stepper(session)))

    # colors

    @property
    def palette(self) -> Palette:
        if self._palette is None:
            theme = self.current_theme
            self._palette = Palette(self.theme_variables, dark=theme.dark, plain=theme.ansi)
        return self._palette

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return diverging(self.current_theme.dark)

    def on_mount(self) -> None:
        self.theme_changed_signal.subscribe(self, self._recolor)

    def _recolor(self, _theme: object) -> None:
        self._palette = None
        for screen in self.screen_stack:
            if hasattr(screen, "repaint"):
                screen.repaint()

    def action_toggle_theme(self) -> None:
        self.theme = "nnsim-light" if self.current_theme.dark else "nnsim-dark"

    # the command palette

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for binding in (*screen.BINDINGS, *self.BINDINGS):
            if isinstance(binding, Binding) and binding.tooltip:
                yield SystemCommand(command(binding), binding.tooltip, _pressed(screen, binding))
        yield SystemCommand("view: theme", "Choose among all themes", self.action_change_theme)


def _pressed(screen: Screen[Any], binding: Binding) -> Callable[[], Any]:
    return lambda: screen.run_action(binding.action)


def run(session: "Session | None", open_scenario: OpenScenario, catalogue: Catalogue = catalogue) -> None:
    """Shows the screen until the user leaves: the stepper on `session`, or the picker first where it is None."""
    NnsimApp(session, open_scenario, catalogue).run()
