"""The pictures of a training by their names, and the keys to them."""

from nnsim.tui.keys import key, quiet

NAMES = (
    "Loss",
    "Accuracy",
    "Distributions",
    "Gradients",
    "Activation",
    "Learning rate",
    "Decision boundary",
    "Loss landscape",
    "Health",
)
BINDINGS = (
    key("v", "picture(1)", "picture: picture", "Show the next picture of the training"),
    quiet("V", "picture(-1)", "picture: previous", "Show the picture before"),
    quiet("A", "axes", "picture: axes", "Decision boundary: two features on its axes, or principal components"),
    quiet("x", "picture_visit", "picture: go there", "Go to the number that health points at"),
    *(
        quiet(str(at + 1), f"picture_at({at})", f"picture: {name.lower()}", f"Show {name.lower()}")
        for at, name in enumerate(NAMES)
    ),
)
