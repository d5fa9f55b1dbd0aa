"""The pictures of a training, in the order of their numbers. Loaded after the first paint, with all they compute."""

from collections.abc import Sequence

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
FORETELLING = (Gradients, Landscape, Health)  # computed from the whole iteration, wherever in it the cursor stands
