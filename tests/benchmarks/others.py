"""The same networks in PyTorch, scikit-learn and JAX, where they are installed: `pip install -e '.[bench]'`.

PyTorch runs eagerly in double precision with hooks that keep what a frame keeps; scikit-learn's `fit` and a jitted JAX
step keep nothing. Each is one thread, microseconds an iteration.
"""

import os
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from tests.benchmarks.handwritten import LEARNING_RATE
from tests.benchmarks.nets import Net, data_of

Run = Callable[[int], object]


def installed() -> dict[str, Callable[[Net, str], Run]]:
    """How to make a loop of each library that is here."""
    known = {"PyTorch": ("torch", pytorch), "scikit-learn": ("sklearn", scikit_learn), "JAX": ("jax", jax_step)}
    return {name: make for name, (module, make) in known.items() if find_spec(module)}


def pytorch(net: Net, optimizer: str) -> Run:
    import torch

    torch.set_num_threads(1)
    x, y = (torch.from_numpy(array) for array in data_of(net))
    hidden = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[net.hidden]
    layers: list[Any] = []
    for inputs, units in zip(net.sizes[:-1], net.sizes[1:], strict=True):
        layers += [torch.nn.Linear(inputs, units, dtype=torch.float64), hidden()]
    model = torch.nn.Sequential(*layers[:-1])
    recorded: dict[int, Any] = {}
    for k, layer in enumerate(model):
        layer.register_forward_hook(lambda _, __, output, k=k: recorded.__setitem__(k, output.detach().clone()))
    loss_of = torch.nn.BCEWithLogitsLoss() if net.output == "sigmoid" else torch.nn.CrossEntropyLoss()
    kind = torch.optim.SGD if optimizer == "sgd" else torch.optim.Adam
    rule = kind(model.parameters(), lr=LEARNING_RATE)

    def run(n: int) -> None:
        for t in range(n):
            start = t * net.batch % net.rows
            rows = slice(start, start + net.batch)
            rule.zero_grad()
            loss = loss_of(model(x[rows]), y[rows])
            loss.backward()
            rule.step()

    return run


def scikit_learn(net: Net, optimizer: str) -> Run:
    from sklearn.neural_network import MLPClassifier

    x, y = data_of(net)
    labels = y[:, 0] if net.output == "sigmoid" else y.argmax(axis=1)

    def run(n: int) -> None:
        epochs = max(1, round(n * net.batch / net.rows))
        model = MLPClassifier(
            net.sizes[1:-1],
            activation=net.hidden,
            solver=optimizer,
            batch_size=net.batch,
            max_iter=epochs,
            n_iter_no_change=epochs + 1,
            alpha=0.0,
            momentum=0.0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that so few epochs do not converge
            model.fit(x, labels)

    return run


def jax_step(net: Net, optimizer: str) -> Run:
    os.environ["JAX_ENABLE_X64"] = "1"  # read when JAX is imported
    import jax

    jnp = jax.numpy
    x, y = (jnp.asarray(array) for array in data_of(net))
    rng = np.random.default_rng(0)
    shapes = list(zip(net.sizes[:-1], net.sizes[1:], strict=True))
    parameters = [(jnp.asarray(rng.normal(0, 0.3, shape)), jnp.zeros(shape[1])) for shape in shapes]

    def loss(p: Any, x: Any, y: Any) -> Any:
        for weights, bias in p[:-1]:
            x = (jnp.tanh if net.hidden == "tanh" else jax.nn.relu)(x @ weights + bias)
        z = x @ p[-1][0] + p[-1][1]
        if net.output == "sigmoid":
            return jnp.mean(jax.nn.softplus(z) - y * z)
        return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(z), axis=1))

    def adam(p: Any, m: Any, v: Any, g: Any, t: Any) -> Any:
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        v = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, v, g)
        scale = (1 / (1 - 0.9**t), 1 / (1 - 0.999**t))
        p = jax.tree.map(lambda w, a, b: w - LEARNING_RATE * a * scale[0] / (jnp.sqrt(b * scale[1]) + 1e-8), p, m, v)
        return p, m, v

    def iteration(p: Any, m: Any, v: Any, t: Any, x: Any, y: Any) -> Any:
        value, g = jax.value_and_grad(loss)(p, x, y)
        if optimizer == "sgd":
            return jax.tree.map(lambda w, d: w - LEARNING_RATE * d, p, g), m, v, value
        return (*adam(p, m, v, g, t), value)

    step = jax.jit(iteration)
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    state = [parameters, zeros, zeros]

    def run(n: int) -> None:
        p, m, v = state
        for t in range(n):
            start = t * net.batch % net.rows
            p, m, v, value = step(p, m, v, t + 1.0, x[start : start + net.batch], y[start : start + net.batch])
        value.block_until_ready()
        state[:] = [p, m, v]

    return run
