"""The pictures of a training, in the order of their numbers, and the keys to them."""

from collections.abc import Sequence

from nnsim.tui.keys import key, quiet
from nnsim.tui.pictures.accuracy import Accuracy
from nnsim.tui.pictures.activation import ActivationPicture
from nnsim.tui.pictures.boundary import Boundary
from nnsim.tui.pictures.distributions import Distributions
from nnsim.tui.pictures.gradients import Gradients
from nnsim.tui.pictures.health import Health
from nnsim.tui.pictures.landscape import Landscape
from nnsim.tui.pictures.loss import Loss
from nnsim.tui.pictures.picture import Picture
from nnsim.tui.pictures.rate import LearningRate

PICTURES: Sequence[Picture] = (
    Loss(),
    Accuracy(),
    Distributions(),
    Gradients(),
    ActivationPicture(),
    LearningRate(),
    Boundary(),
    Landscape(),
    Health(),
)
BINDINGS = (
    key("v", "picture(1)", "picture: picture", "Show the next picture of the training"),
    quiet("V", "picture(-1)", "picture: previous", "Show the picture before"),
    quiet("x", "picture_visit", "picture: go there", "Go to the number that health points at"),
    *(
        quiet(str(at + 1), f"picture_at({at})", f"picture: {picture.name.lower()}", f"Show {picture.name.lower()}")
        for at, picture in enumerate(PICTURES)
    ),
)
