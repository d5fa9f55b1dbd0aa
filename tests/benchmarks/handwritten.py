"""What a careful person writes by hand: preallocated arrays, `out=` everywhere, one flat parameter vector.

It records nothing: no iteration can be had again, and the loss is not even computed. This is the yardstick.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# With 0.01 Adam drives the largest net to where outputs and moments fall below 1e-308, which every CPU is slow at.
LEARNING_RATE = 0.001


class Loop:
    """Hidden layers of one kind (tanh or relu), a sigmoid or softmax output with its cross-entropy, SGD or Adam."""

    def __init__(self, sizes: list[int], hidden: str, output: str, x: Array, y: Array, batch: int, adam: bool) -> None:
        rng = np.random.default_rng(0)
        self.x, self.y, self.batch, self.adam = x, y, batch, adam
        self.hidden, self.output = hidden, output
        shapes = list(pairwise(sizes))
        count = sum(i * u + u for i, u in shapes)
        self.p, self.g = rng.normal(0, 0.3, count), np.zeros(count)
        self.m, self.v, self.s, self.r = (np.zeros(count) for _ in range(4))
        self.W, self.b = self.views(self.p, shapes)
        self.dW, self.db = self.views(self.g, shapes)
        self.z = [np.zeros((batch, u)) for _, u in shapes]
        self.a = [np.zeros((batch, u)) for _, u in shapes]
        self.da = [np.zeros((batch, u)) for _, u in shapes]
        self.dz = [np.zeros((batch, u)) for _, u in shapes]
        self.column = np.zeros((batch, 1))
        self.bx, self.by = np.zeros((batch, sizes[0])), np.zeros((batch, sizes[-1]))
        self.order = np.arange(len(x))
        self.rng = rng
        self.t = 0

    @staticmethod
    def views(flat: Array, shapes: list[tuple[int, int]]) -> tuple[list[Array], list[Array]]:
        weights, biases, start = [], [], 0
        for inputs, units in shapes:
            weights.append(flat[start : start + inputs * units].reshape(inputs, units))
            start += inputs * units
            biases.append(flat[start : start + units])
            start += units
        return weights, biases

    def step(self, n: int) -> None:
        for _ in range(n):
            self.iteration()

    def iteration(self) -> None:
        self.load()
        self.forward()
        self.backward()
        self.t += 1
        if self.adam:
            self.update_adam()
        else:
            np.multiply(self.g, LEARNING_RATE, out=self.s)
            np.subtract(self.p, self.s, out=self.p)

    def load(self) -> None:
        if self.batch == len(self.x):
            self.bx, self.by = self.x, self.y
            return
        per_epoch = len(self.x) // self.batch
        k = self.t % per_epoch
        if k == 0:
            self.order = self.rng.permutation(len(self.x))
        rows = self.order[k * self.batch : (k + 1) * self.batch]
        np.take(self.x, rows, axis=0, out=self.bx, mode="clip")
        np.take(self.y, rows, axis=0, out=self.by, mode="clip")

    def forward(self) -> None:
        a = self.bx
        last = len(self.W) - 1
        for k in range(last + 1):
            z, out = self.z[k], self.a[k]
            np.dot(a, self.W[k], out=z)
            np.add(z, self.b[k], out=z)
            if k < last and self.hidden == "tanh":
                np.tanh(z, out=out)
            elif k < last:
                np.maximum(z, 0.0, out=out)
            elif self.output == "sigmoid":
                np.negative(z, out=out)
                np.exp(out, out=out)
                np.add(out, 1.0, out=out)
                np.divide(1.0, out, out=out)
            else:
                np.max(z, axis=1, keepdims=True, out=self.column)
                np.subtract(z, self.column, out=out)
                np.exp(out, out=out)
                np.sum(out, axis=1, keepdims=True, out=self.column)
                np.divide(out, self.column, out=out)
            a = out

    def backward(self) -> None:
        last = len(self.W) - 1
        dz = self.dz[last]
        np.subtract(self.a[last], self.by, out=dz)
        np.divide(dz, self.batch, out=dz)
        for k in range(last, -1, -1):
            before = self.a[k - 1] if k else self.bx
            np.dot(before.T, self.dz[k], out=self.dW[k])
            np.sum(self.dz[k], axis=0, out=self.db[k])
            if not k:
                return
            np.dot(self.dz[k], self.W[k].T, out=self.da[k - 1])
            dz = self.dz[k - 1]
            if self.hidden == "tanh":
                np.multiply(before, before, out=dz)
                np.subtract(1.0, dz, out=dz)
                np.multiply(self.da[k - 1], dz, out=dz)
            else:
                np.multiply(self.da[k - 1], self.z[k - 1] > 0, out=dz)

    def update_adam(self) -> None:
        m, v, s, r, g = self.m, self.v, self.s, self.r, self.g
        np.multiply(m, 0.9, out=m)
        np.multiply(g, 0.1, out=s)
        np.add(m, s, out=m)
        np.multiply(v, 0.999, out=v)
        np.multiply(g, g, out=s)
        np.multiply(s, 0.001, out=s)
        np.add(v, s, out=v)
        np.divide(m, 1 - 0.9**self.t, out=s)
        np.divide(v, 1 - 0.999**self.t, out=r)
        np.sqrt(r, out=r)
        np.add(r, 1e-8, out=r)
        np.divide(s, r, out=s)
        np.multiply(s, LEARNING_RATE, out=s)
        np.subtract(self.p, s, out=self.p)
