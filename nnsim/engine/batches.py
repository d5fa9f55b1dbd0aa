"""Which rows belong to iteration t: a pure function of the seed and t."""

import numpy as np

from nnsim.engine.randomness import stream
from nnsim.engine.spec import Data, Indices, Training


class Batches:
    """Training rows cut into batches; the last one of an epoch is smaller if need be.

    A batch that holds all rows is not shuffled: their order changes nothing but the last bits.
    """

    def __init__(self, data: Data, training: Training, seed: int) -> None:
        self.rows = len(data.x)
        self.size = min(training.batch_size or self.rows, self.rows)
        self.per_epoch = -(-self.rows // self.size)
        self.shuffled = training.shuffle and self.size < self.rows
        self._seed = seed
        self._epoch = -1
        self._order: Indices = np.arange(self.rows)

    def key(self, t: int) -> int:
        """Equal for two iterations that train on the same rows in the same order."""
        return t if self.shuffled else t % self.per_epoch

    def indices(self, t: int) -> Indices:
        """The training rows of iteration t, as indices into the training data."""
        epoch, batch = divmod(t, self.per_epoch)
        if self.shuffled and epoch != self._epoch:
            self._order = stream(self._seed, "shuffle", epoch).permutation(self.rows)
            self._epoch = epoch
        return self._order[batch * self.size : (batch + 1) * self.size]

    def count(self, t: int) -> int:
        """How many rows iteration t has."""
        return min(self.size, self.rows - t % self.per_epoch * self.size)
