"""The application: wires sessions to screens, and themes to colors."""

import gc
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from nnsim.scenario import catalogue
from nnsim.tui import terminal
from nnsim.tui.colors import THEMES, Palette, diverging
from nnsim.tui.keys import command, quiet
from nnsim.tui.learning import Learning, LearningApp
from nnsim.tui.renderers.cards import Entry
from nnsim.tui.screens.picker import Picker
from nnsim.tui.settings import Store, default_path

if TYPE_CHECKING:
    from nnsim.debugger.session import Session
    from nnsim.scenario import Scenario

OpenScenario = Callable[[str], "Session"]
Begin = Callable[["Scenario"], "Session"]
Catalogue = Callable[[], Sequence[Entry]]


class NnsimApp(LearningApp):
    """`session`: what to step through; None for the picker first. `store`: what is remembered; None for nothing.

    begin: makes a session of a scenario that was changed on the screen. design: one to be changed first of all.
    """

    TITLE = "nnsim"
    CSS_PATH = [  # noqa: RUF012 - any of them may be the first screen
        f"screens/{name}.tcss" for name in ("stepper", "edit", "picker", "course", "guided", "design")
    ]
    CSS = "NnsimApp:nocolor Input > .input--cursor { text-style: reverse; }"  # without colors Textual shows none
    BINDINGS: ClassVar[list[BindingType]] = [
        quiet("f2", "toggle_theme", "view: light or dark", "Change between the light and the dark theme"),
        quiet("f4", "terminal_theme", "view: terminal colors", "Only the terminal's own colors, or nnsim's again"),
    ]

    def __init__(
        self,
        session: "Session | None",
        open_scenario: OpenScenario,
        catalogue: Catalogue,
        store: "Store | None" = None,
        learning: "Learning | None" = None,
        begin: Begin | None = None,
        design: "Scenario | None" = None,
    ) -> None:
        plain = "NO_COLOR" in os.environ
        terminal.install()
        super().__init__(ansi_color=True if plain else None)
        self._clashes: set[str] = set()
        self._session, self._open_scenario, self._catalogue = session, open_scenario, catalogue
        self._begin, self._first_design = begin or _session_on, design
        self._palette: Palette | None = None
        self.store, self.learning = store or Store(), learning or Learning()
        for theme in THEMES:
            self.register_theme(theme)
        remembered = self.store.settings.theme
        self.theme = "ansi-dark" if plain else remembered if remembered in self.available_themes else "nnsim-dark"

    def get_default_screen(self) -> Screen[Any]:
        if first := self.first_screen():
            return first
        if self._first_design:
            return self._design(self._first_design)
        return self._stepper(self._session) if self._session else Picker(self._catalogue())

    def _stepper(self, session: "Session") -> Screen[Any]:
        from nnsim.tui.screens.stepper import Stepper

        return Stepper(session)

    def _design(self, scenario: "Scenario") -> Screen[Any]:
        from nnsim.tui.screens.design import Design

        return Design(scenario)

    def open_design(self, scenario: "Scenario") -> None:
        """Over what is open, which stays as it is until the changed scenario is started."""
        self.push_screen(self._design(scenario))

    def open_glossary(self, term: str = "") -> None:
        """Over what is open, at a term."""
        from nnsim.tui.screens.glossary import GlossaryScreen

        self.push_screen(GlossaryScreen(term))

    def open_picker(self, opened: str = "") -> None:
        """Over what is open, which stays as it is until another scenario is opened."""
        self.push_screen(Picker(self._catalogue(), opened))

    def _go(self, screen: Screen[Any]) -> None:
        """Shows a screen in place of all others but the first, which stays below."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        self._release()
        self.call_after_refresh(self._welcome)

    def _release(self) -> None:
        """Gives back the memory of the session that was open first: its screen stays below, where nobody gets to."""
        if self._session:
            with self._session.lock:
                self._session.tree.limit(0)

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

    @work(thread=True, exclusive=True, group="open")
    def begin(self, scenario: "Scenario") -> None:
        """Starts the training of a changed scenario in place of what is open; to make room for it may take a while."""
        try:
            session = self._begin(scenario)
        except (ValueError, OSError, MemoryError) as error:
            words = str(error) or "there is not enough memory for it"
            self.call_from_thread(self.notify, words, title="It cannot be started", severity="error", markup=False)
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
        self.set_timer(1, gc.enable)  # the start goes without
        self.theme_changed_signal.subscribe(self, self._recolor)
        if self.store.settings.keys:
            self.set_keymap(self.store.settings.keys)
        if self.store.notice:
            self.notify(self.store.notice, severity="warning", markup=False, timeout=10)
        self.call_after_refresh(self._welcome)

    def _welcome(self) -> None:
        """Once, over the first screen where the keys that it names do something."""
        if self.store.settings.welcomed or not hasattr(self.screen, "session"):
            return
        from nnsim.tui.screens.welcome import WelcomeScreen

        self.store.change(welcomed=True)
        self.push_screen(WelcomeScreen())

    def remapped(self, bindings: Sequence[BindingType]) -> list[BindingType]:
        """Bindings with the keys that the person has given them."""
        keys = self.store.settings.keys
        return [
            replace(binding, key=keys[binding.id]) if isinstance(binding, Binding) and binding.id in keys else binding
            for binding in bindings
        ]

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: object) -> None:
        names = ", ".join(sorted(binding.id or binding.key for binding in clashed_bindings))
        if names not in self._clashes:
            self._clashes.add(names)
            self.notify(f"Settings: a key stands for two commands: {names}", severity="warning", markup=False)

    def _recolor(self, _theme: object) -> None:
        self._palette = None
        if not self.no_color:
            self.store.change(theme=self.theme)
        for screen in self.screen_stack:
            if hasattr(screen, "repaint"):
                screen.repaint()

    def action_toggle_theme(self) -> None:
        self.theme = "nnsim-light" if self.current_theme.dark else "nnsim-dark"

    def action_terminal_theme(self) -> None:
        ansi = self.current_theme.ansi
        dark = self.current_theme.dark
        self.theme = ("nnsim-dark" if dark else "nnsim-light") if ansi else ("ansi-dark" if dark else "ansi-light")

    # the command palette

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for binding in (*screen.BINDINGS, *self.BINDINGS):
            if isinstance(binding, Binding) and binding.tooltip:
                yield SystemCommand(command(binding), binding.tooltip, _pressed(screen, binding))
        yield SystemCommand("view: theme", "Choose among all themes", self.action_change_theme)


def _pressed(screen: Screen[Any], binding: Binding) -> Callable[[], Any]:
    return lambda: screen.run_action(binding.action)


def _session_on(scenario: "Scenario") -> "Session":
    from nnsim.debugger.session import Session
    from nnsim.engine.simulation import Simulation

    return Session(Simulation(scenario), scenario.title, scenario.summary, scenario.name)


def run(
    session: "Session | None",
    open_scenario: OpenScenario,
    catalogue: Catalogue = catalogue,
    learning: Learning | None = None,
    begin: Begin | None = None,
    design: "Scenario | None" = None,
) -> None:
    """Shows the screen until the user leaves.

    That is what `learning` starts with, the choices of `design`, the stepper on `session`, or the picker.
    """
    NnsimApp(session, open_scenario, catalogue, Store(default_path()), learning, begin, design).run()
