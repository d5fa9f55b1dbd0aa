"""A program: the ordered ops of one iteration, compiled from a network and its training, over one workspace."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import overload

import numpy as np

from nnsim.engine.fork import Element, Put, settings
from nnsim.engine.initializers import initial_weights
from nnsim.engine.ops import Op, backward_ops, forward_ops, parameter_names, update_ops
from nnsim.engine.optimizers import OPTIMIZERS, Mask, all_steps, frozen_stay, memories
from nnsim.engine.schedules import Rate
from nnsim.engine.spec import Array, Data, Network, Training
from nnsim.engine.workspace import SAMPLES, Axis, Call, Layout, Workspace

PART = 16384  # parameters that are updated at a time: their dozen tensors fit a second-level cache
SCALARS = ("loss", "data_loss", "penalty", "alpha", "norm")


class Program(Sequence[Op]):
    """The ops in order. `layout` says where each tensor of a frame stands; `calls` what the fast loop runs."""

    def __init__(
        self,
        network: Network,
        training: Training,
        data: Data,
        batch: int,
        since: int = 0,
        held: Collection[Element] = (),
    ) -> None:
        """`batch` is the number of samples that the workspace has room for.

        since: the iteration from which the optimizer counts its steps. held: weights that no update changes.
        """
        self.network, self.training = network, training
        self._since, self._held = since, held
        self.dtype = np.dtype(training.dtype)
        optimizer = OPTIMIZERS[training.optimizer.name]
        self.options = {**optimizer.defaults, **training.optimizer.options}
        per_epoch = -(-len(data.x) // batch)
        self.rate = Rate(training.schedule, self.options["learning_rate"], training.epochs, per_epoch)
        self._steps = all_steps(optimizer, self.options, training.clip_norm, training.clip_value)
        self._forward = forward_ops(network, training)
        self._backward = backward_ops(network, training)
        self._update = update_ops(network, self._steps, self.rate, since)
        self._ops = (*self._forward, *self._backward, *self._update)
        self._positions = {op.name: i for i, op in enumerate(self._ops)}
        self.layout = self._lay_out(data, batch)

    @overload
    def __getitem__(self, index: int) -> Op: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Op]: ...
    def __getitem__(self, index: int | slice) -> Op | Sequence[Op]:
        return self._ops[index]

    def __len__(self) -> int:
        return len(self._ops)

    def position(self, tensor: str) -> int | None:
        """The place of the op that computes `tensor`; None for what an iteration starts from."""
        return self._positions.get(tensor)

    def forward_calls(self, w: Workspace) -> list[Call]:
        """From the batch to the loss."""
        return [call for op in self._forward for call in op.calls(w)]

    def gradient_calls(self, w: Workspace, puts: Sequence[Put] = ()) -> list[Call]:
        """From the batch to the gradients; numbers of `puts` are set as soon as their op has run."""
        ops = (*self._forward, *self._backward)
        return [call for op in ops for call in (*op.calls(w), *settings(puts, op.name, w))]

    def update_calls(self, w: Workspace, in_place: bool, puts: Sequence[Put] = ()) -> list[Call]:
        """The optimizer's steps over all parameters, a part at a time so that it stays in the cache.

        With `in_place` the new state takes the place of the old one: the same arithmetic, ready for the next iteration.
        Not so with `puts`: their numbers are set as soon as their op has run.
        """
        w.learning_rate, w.since = self._learning_rate(w), self._since
        calls = [call for op in self._update for call in (*op.calls(w), *settings(puts, op.name, w))]
        frozen = self._frozen_mask(w)
        for part in w.parts(PART, in_place):
            stay = frozen[part.part]
            for step in self._steps:
                calls += step.calls(part)
                if step.name == "step" and stay.any():
                    calls.append(frozen_stay(stay, part.flat("step")))
                for each in puts:
                    if each.tensor.partition(".")[2] == step.name:
                        calls += settings([each], each.tensor, w)
        return calls

    def initial_state(self, seed: int) -> Array:
        """Parameters as the scenario has them start, then the optimizer's memory, empty: one flat vector."""
        buffer = np.zeros(self.layout.size, self.dtype)
        w = Workspace(self.layout, buffer, 0)
        for k, layer in enumerate(self.network.layers, start=1):
            w[f"W{k}"][...] = initial_weights(layer.init, w[f"W{k}"].shape, seed, k)
        for name, values in self.network.weights.items():
            w[name][...] = values
        return buffer[self.layout.state].copy()

    def continued(self, before: "Program", state: Array, puts: Sequence[Put], memory: bool) -> Array:
        """A state of another program as this one's, with numbers set; with `memory` also the optimizer's."""
        buffer = np.zeros(self.layout.state.stop, self.dtype)  # the state comes first
        same = [name for name in self.layout.memories if memory and name in before.layout.memories]
        for block in ("", *(f"{name}.prev" for name in same)):
            buffer[self.layout.blocks[block]] = state[before.layout.blocks[block]]
        w = Workspace(self.layout, buffer, 0)
        for each in puts:
            if each.tensor in self.layout and self.layout[each.tensor].in_state:
                w[each.tensor][each.index] = each.value
        return buffer

    def _lay_out(self, data: Data, batch: int) -> Layout:
        hidden = [Axis("hidden", _hidden_names(layer.units)) for layer in self.network.layers[:-1]]
        axes = [Axis("input", data.input_names), *hidden, Axis("output", data.target_names)]
        sizes = [(len(a.names), len(b.names)) for a, b in pairwise(axes)]
        kept_memories = memories(self._steps)
        results = tuple(step.name for step in self._steps if step.name not in (*kept_memories, "next"))
        layout = Layout(sizes, kept_memories, results)
        kept = ["", *(f"{memory}.prev" for memory in kept_memories)]
        for op in self._ops:
            if op.name == "z1":
                for name in parameter_names(self.network):
                    _add_parameter(layout, name, kept if name not in self.network.frozen else kept[:1], axes)
            parameter, _, suffix = op.name.partition(".")
            if suffix:
                _add_parameter(layout, parameter, [suffix], axes)
            elif op.name[:2] in ("dW", "db"):
                _add_parameter(layout, op.name[1:], ["d"], axes)
            else:
                layout.add(op.name, _sample_axes(op.name, axes), batch)
        return layout

    def _learning_rate(self, w: Workspace) -> Array:
        if not self.rate.changes:
            return w.constant(self.options["learning_rate"])
        rate = w["alpha"]
        w.clocks["alpha"] = (rate, lambda t: self.rate.at(t).value)
        return rate

    def _frozen_mask(self, w: Workspace) -> Mask:
        start = w.layout.blocks[""].start
        mask = np.zeros(w.layout.parameters, np.bool_)
        for name in self.network.frozen:
            tensor = w.layout[name]
            mask[tensor.offset - start :][: int(np.prod(tensor.shape(0)))] = True
        for name, index in self._held:
            tensor = w.layout[name]
            mask[tensor.offset - start + int(np.ravel_multi_index(index, tensor.shape(0)))] = True
        return mask


def _hidden_names(units: int) -> tuple[str, ...]:
    return tuple(f"h{unit}" for unit in range(1, units + 1))


def _add_parameter(layout: Layout, name: str, suffixes: list[str], axes: list[Axis]) -> None:
    layer = int(name[1:])
    inputs, units = axes[layer - 1], axes[layer]
    for suffix in suffixes:
        layout.add_parameter(name, suffix, (inputs, units) if name[0] == "W" else (units,))


def _sample_axes(name: str, axes: list[Axis]) -> tuple[Axis, ...]:
    if name in SCALARS:
        return ()
    layer = {"x": 0, "y": len(axes) - 1}.get(name)
    if layer is None:
        layer = int("".join(filter(str.isdigit, name)))
    return (SAMPLES, axes[layer])
