"""How one looks at a session: digits, overview, a panel alone, what leaves the screen as text or picture."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnsim.tui.files import free_path, write_atomically
from nnsim.tui.keys import quiet
from nnsim.tui.screens.help import Help
from nnsim.tui.screens.running import RunningScreen
from nnsim.tui.widgets.panel import Panel

if TYPE_CHECKING:
    from nnsim.tui.settings import Store

DIGITS = (2, 3, 4, 5, 6, 8, 10, 12, 17)
NUMBER_BINDINGS = (
    quiet("plus,equals_sign", "digits(1)", "number: more digits", "Show more significant digits, up to all"),
    quiet("minus", "digits(-1)", "number: fewer digits", "Show fewer significant digits"),
    quiet("h", "overview", "number: overview", "The tensor as a heat map, or as numbers again"),
    quiet("c", "check", "number: check", "Check the chosen gradient against finite differences"),
)
VIEW_BINDINGS = (
    quiet("z", "zoom", "view: zoom", "Let the panel fill the screen, or show all panels again"),
    quiet("f3", "projector", "view: projector", "Few panels with wide margins, or all again"),
    quiet("f5", "blocks", "view: block markers", "Lines of blocks for fonts without braille dots, or of dots again"),
    quiet("y", "copy", "view: copy", "Copy the panel as text"),
    quiet("S", "save", "view: save picture", "Save the screen as an SVG file in the current folder"),
)


class LookingScreen(RunningScreen):
    """What does not move the session. Remembers the choices in the app's store."""

    @property
    def store(self) -> "Store":
        store: Store = self.app.store  # type: ignore[attr-defined]
        return store

    def _restore(self) -> None:
        """Looks as it was left."""
        settings = self.store.settings
        plain = self.app.current_theme.ansi or self.app.no_color
        self.view = replace(self.view, digits=settings.digits, plain=plain, blocks=settings.blocks)
        self.set_class(settings.projector, "-projector")
        panel = next((panel for panel in self.query(Panel) if panel.key == settings.zoomed), None)
        if panel:
            self.set_class(True, "-zoomed")
            self._focus_panel(panel)

    def _focus_panel(self, panel: Panel) -> None:
        raise NotImplementedError

    def _look(self, **changes: Any) -> None:
        self.view = replace(self.view, **changes)
        self._refresh()

    def action_digits(self, step: int) -> None:
        at = min(range(len(DIGITS)), key=lambda i: abs(DIGITS[i] - self.view.digits))
        self._look(digits=DIGITS[max(0, min(at + step, len(DIGITS) - 1))])
        self.store.change(digits=self.view.digits)

    def action_overview(self) -> None:
        self._look(overview=not self.view.overview)

    def action_blocks(self) -> None:
        self._look(blocks=not self.view.blocks)
        self.store.change(blocks=self.view.blocks)

    def action_axes(self) -> None:
        self._look(other_axes=not self.view.other_axes)

    def action_check(self) -> None:
        self._pause()
        try:
            with self.session.lock:
                self.session.check()
        except ValueError as error:
            self._say(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        self._refresh()

    def action_zoom(self) -> None:
        """The focused panel alone, or all again."""
        zoomed = not self.has_class("-zoomed") and isinstance(self.focused, Panel)
        self.set_class(zoomed, "-zoomed")
        self._remember_zoom()

    def _remember_zoom(self) -> None:
        zoomed = self.has_class("-zoomed") and isinstance(self.focused, Panel)
        self.store.change(zoomed=self.focused.key if zoomed and isinstance(self.focused, Panel) else "")

    def action_projector(self) -> None:
        self.toggle_class("-projector")
        self.store.change(projector=self.has_class("-projector"))
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        raise NotImplementedError

    def action_help(self) -> None:
        self._pause()
        panel = self.focused if isinstance(self.focused, Panel) else None
        bindings = [*self.BINDINGS, *self.app.BINDINGS]
        self.app.push_screen(Help(self.app.remapped(bindings), panel))  # type: ignore[attr-defined]

    # out of the screen

    def action_copy(self) -> None:
        panel = self.focused
        if not isinstance(panel, Panel):
            return
        text = panel.text()
        if self.store.settings.copy == "file":
            self._write(free_path(Path.cwd(), f"{self._stem}-{panel.key}", ".txt"), text)
        else:
            self.app.copy_to_clipboard(text)
            self._say(f"Copied {text.count(chr(10))} lines to the terminal's clipboard.")

    def action_save(self) -> None:
        svg = self.app.export_screenshot(title=f"nnsim {self.session.title}")
        self._write(free_path(Path.cwd(), self._stem, ".svg"), svg)

    @property
    def _stem(self) -> str:
        name = re.sub(r"[^a-z0-9]+", "-", self.session.title.lower()).strip("-")
        return f"nnsim-{name}-iteration-{self.session.iteration}"

    def _write(self, path: Path, text: str) -> None:
        try:
            write_atomically(path, text)
        except OSError as error:
            self.app.notify(f"{path} cannot be written: {error.strerror}.", severity="error", markup=False)
        else:
            self._say(f"Saved {path}")

    def _say(self, words: str) -> None:
        """In the place of the notices before it, which are about other moments."""
        self.app.clear_notifications()
        self.app.notify(words, markup=False, timeout=4)
