"""How keys are written, and which area of the program a binding belongs to."""

from collections.abc import Iterable

from textual.binding import Binding, BindingType

_NAMES = {
    "enter": "⏎",
    "backspace": "⌫",
    "space": "␣",
    "tab": "⇥",
    "shift+tab": "⇧⇥",
    "question_mark": "?",
    "escape": "Esc",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "ctrl+q": "^q",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "plus": "+",
    "equals_sign": "=",
    "minus": "−",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "full_stop": ".",
    "backslash": "\\",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}


def key(keys: str, action: str, command: str, tooltip: str, show: bool = True) -> Binding:
    """A binding, for footer, help and command palette alike. `command` is `area: verb`, its id then `area.verb`."""
    area, verb = command.split(": ")
    name = f"{area}.{verb}".replace(" ", "-")
    return Binding(keys, action, verb, show=show, tooltip=tooltip, id=name, group=Binding.Group(area))


def quiet(keys: str, action: str, command: str, tooltip: str) -> Binding:
    """A binding that the footer leaves out."""
    return key(keys, action, command, tooltip, show=False)


def without_back(bindings: Iterable[BindingType]) -> list[BindingType]:
    """The bindings of a screen below which there is nothing to go back to."""
    return [binding for binding in bindings if not (isinstance(binding, Binding) and binding.action == "back")]


def key_name(binding: Binding) -> str:
    """`⏎` for enter; where a binding has several keys, all of them."""
    return " ".join(_NAMES.get(name.strip(), name.strip()) for name in binding.key.split(","))


def area(binding: Binding) -> str:
    return binding.group.description if binding.group else ""


def command(binding: Binding) -> str:
    """The line in the command palette: `step: next op`."""
    return f"{area(binding)}: {binding.description}"
