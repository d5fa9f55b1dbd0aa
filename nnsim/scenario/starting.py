"""Files to start from: a commented scenario, a commented guide."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from nnsim.scenario.errors import Mistakes, safe

SCENARIO = """\
# A scenario: data, network, training. Lines that start with # are left out; take the # away to try one.
# nnsim check {file} says what it would train, nnsim {file} steps through it.
title = "My scenario"
summary = "What there is to see, in one line."
seed = 7  # another number, another start
# guide = "my-lesson.toml"  # a guide beside this file that leads through it

[data]
# Points that are made up: xor, circles, moons, spiral, gaussians, checkerboard ...
generator = "moons"
samples = 200
noise = 0.15
# or a table beside this file:
# csv = "my.csv"
# target = "the column to predict"
# features = ["the columns to predict it from"]
validation = 0.2  # the share of the rows that is held out
# standardize = true  # every input with mean 0 and standard deviation 1

[network]
# Layer by layer. The last gives the answer: sigmoid for yes or no, softmax for several classes, linear for a number.
layers = [
    {{ units = 6, activation = "tanh" }},
    {{ units = 1, activation = "sigmoid" }},
]

[training]
loss = "binary_cross_entropy"  # or categorical_cross_entropy (softmax), mean_squared_error (linear)
optimizer = {{ name = "adam", learning_rate = 0.02 }}
batch_size = 20
epochs = 100
# l2 = 0.001  # keeps the weights small
"""

GUIDE = """\
# A guide: steps that lead through the training of a scenario. nnsim check {file} checks it, nnsim {file} opens it.
title = "My lesson"
summary = "What one learns from it, in one line."
scenario = "xor"  # a built-in one (nnsim list), or the path of a .toml file, from the folder of this file
# overrides = {{ seed = 3, "training.epochs" = 200 }}  # what is to be otherwise than in the scenario

[[steps]]
at = "iteration 0, forward, z1"  # where the step stands: iteration or epoch, then the op
title = "The first sums"
text = \"\"\"
A step says a few words about the numbers of its moment, and may quote them: z₁ of h1 in row #1 is {{z1[1,h1]}}.

An empty line begins a new paragraph.\"\"\"
light = ["z1[1,h1]", "W1[:,h1]"]  # what to look at: tensors, rows, columns, single numbers

[[steps]]
at = "iteration 0, loss"
title = "A question"
text = "Before any training the loss is {{loss:3}}."

[steps.question]
kind = "choice"  # or "number"; "predict" asks for a number that is computed later
text = "What is training to do with it?"
options = ["Make it larger", "Make it smaller"]
answer = 2
hint = "The loss says how wrong the answers are."
explanation = "The smaller it is, the nearer the answers are to the targets."
mistakes = [{{ answer = 1, text = "Then the answers would become worse." }}]

[[steps]]
when = "loss < 0.3"  # the first iteration where this is true
at = "loss"
title = "After some training"
text = "It took until iteration {{iteration}} for the loss to fall to {{loss:3}}."
"""


def write_new(path: str | Path, guide: bool = False) -> None:
    """Writes a file to start from. ScenarioError where one is there already, or where it cannot be written."""
    path = Path(path)
    mistakes = Mistakes(str(path))
    if path.suffix != ".toml" or not path.stem:
        mistakes.add("", "cannot be the name of a scenario or a guide", "a name that ends with .toml")
    mistakes.stop_if_any()
    text = (GUIDE if guide else SCENARIO).format(file=safe(path.name))
    try:
        _create(path, text.encode("utf-8"))
    except FileExistsError:
        mistakes.add("", "is there already, and is left as it is", "the name of a new file")
    except UnicodeEncodeError:
        mistakes.add("", "cannot be written: its name is not Unicode")
    except (OSError, ValueError) as error:
        mistakes.add("", f"cannot be written ({safe(getattr(error, 'strerror', None) or str(error))})")
    mistakes.stop_if_any()


def _create(path: Path, content: bytes) -> None:
    """All of it or nothing, and never in the place of another file."""
    if os.path.lexists(path):
        raise FileExistsError
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        _put(name, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def _put(name: str, path: Path) -> None:
    """A link fails where there is a file; some file systems have none."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:
        os.rename(name, path)
