"""How quick the screen is, in a real pseudo-terminal, beside an empty Textual app in the same run.

python -m tests.benchmarks.screen [--keys 150] [--rounds 3] [--every]
"""

import argparse
import asyncio
import csv
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnsim.scenario.builtin import names

SIZE = (120, 40)
TURNS = 5  # keys that are quick to measure, for one edit
PATIENCE = 1.0  # seconds that a key may take to be answered
QUIET = 0.04  # seconds without a byte after which a paint counts as complete
EMPTY = """
from textual.app import App
from textual.widgets import Footer, Header
class Empty(App):
    BINDINGS = [("q", "quit", "Quit")]
    def compose(self):
        yield Header()
        yield Footer()
Empty().run()
"""
LARGE = """
title = "784-128-64-10"
seed = 1
data = { csv = "pixels.csv", target = "digit" }
[network]
layers = [
  { units = 128, activation = "relu" },
  { units = 64, activation = "relu" },
  { units = 10, activation = "softmax" },
]
[training]
loss = "categorical_cross_entropy"
optimizer = { name = "adam", learning_rate = 0.001 }
batch_size = 32
epochs = 100
"""


class Terminal:
    """A program in a pseudo-terminal."""

    def __init__(self, command: list[str], home: Path) -> None:
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", XDG_CONFIG_HOME=str(home))
            os.environ.pop("NO_COLOR", None)
            os.environ.update(PYTHONPYCACHEPREFIX=str(home / "bytecode"))  # as installed: compiled beforehand
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.environ.update(COLUMNS=str(SIZE[0]), LINES=str(SIZE[1]))
            os.execvp(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))

    def read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self.fd], [], [], max(0.0, seconds))
        try:
            return os.read(self.fd, 1 << 16) if ready else b""
        except OSError:
            return b""

    def until(self, words: bytes, limit: float = 20) -> float:
        """Seconds from the start to the end of the paint with these words."""
        return self._painted(words, self.started, limit)[1]

    def _painted(self, words: bytes, start: float, limit: float = 20) -> tuple[int, float]:
        """Bytes read until these words were painted, and seconds from a start on."""
        seen = b""
        while words not in seen:
            seen += self.read(limit)
            if time.perf_counter() - start > limit:
                raise TimeoutError(f"{words!r} was not painted")
        return len(seen), time.perf_counter() - start

    def settle(self, quiet: float) -> tuple[int, float]:
        """Reads until so long nothing came: the number of bytes, and when the last one came."""
        count, last = 0, time.perf_counter()
        while part := self.read(quiet):
            count, last = count + len(part), time.perf_counter()
        return count, last

    def watch(self, seconds: float) -> None:
        """Reads for so long."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.read(end - time.perf_counter())

    def press(self, key: str, words: bytes = b"") -> tuple[int, float]:
        """Bytes and seconds that the answer to a key takes, to the paint with these words if there are any."""
        start = time.perf_counter()
        os.write(self.fd, key.encode())
        if words:
            return self._painted(words, start)
        first = self.read(PATIENCE)
        answered = time.perf_counter()
        count, last = self.settle(QUIET)
        return len(first) + count, (last if count else answered) - start

    def enter(self, text: str, words: bytes) -> tuple[int, float]:
        """Types a line; bytes and seconds from its Enter to the paint with these words."""
        os.write(self.fd, text.encode())
        self.settle(0.2)
        return self.press("\r", words)

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@dataclass(frozen=True)
class Answers:
    milliseconds: list[float]
    bytes: list[int]

    def __str__(self) -> str:
        times = sorted(self.milliseconds)
        late = times[int(0.95 * (len(times) - 1))]
        return f"{statistics.median(times):6.1f} ms   95 % {late:6.1f} ms   {statistics.median(self.bytes):7,.0f} bytes"


def first_paint(command: list[str], words: bytes, home: Path) -> float:
    terminal = Terminal(command, home)
    try:
        return terminal.until(words)
    finally:
        terminal.end()


def answers(command: list[str], keys: Sequence[str], count: int, home: Path, before: str = "") -> list[Answers]:
    """To each of some keys that are pressed in turns, after those that lead there."""
    terminal = Terminal(command, home)
    try:
        terminal.until(b"palette")
        terminal.settle(1.0)
        for key in before:
            terminal.press(key)
        found = [[terminal.press(key) for key in keys] for _ in range(count)]
    finally:
        terminal.end()
    return [_measured(each) for each in zip(*found, strict=True)]


def edits(command: list[str], target: str, count: int, home: Path) -> Answers:
    """From the Enter of an edit to the paint of what follows from it, the branch's name included; each is undone.

    The notice that rises afterwards is not waited for.
    """
    terminal = Terminal(command, home)
    try:
        terminal.until(b"palette")
        terminal.settle(1.0)
        terminal.press("N")
        found = []
        for at in range(count):
            terminal.press("r")
            found.append(terminal.enter(f"{target} = {at + 0.5}", f"= {at + 0.5} at".encode()))
            terminal.settle(0.2)
            terminal.press("u")
            terminal.settle(0.2)
    finally:
        terminal.end()
    return _measured(found)


def pauses(command: list[str], count: int, home: Path) -> Answers:
    """From a Space, while training runs as fast as it goes, to the paint that says so."""
    terminal = Terminal([*command, "--set", "training.epochs=100000000"], home)
    try:
        terminal.until(b"palette")
        terminal.settle(1.0)
        found = []
        for at in range(count):
            os.write(terminal.fd, b" ")
            terminal.watch(3.0 + 0.01 * at)  # not always at the same moment of a paint
            found.append(terminal.press(" ", b"paused"))
            terminal.settle(0.2)
    finally:
        terminal.end()
    return _measured(found)


def _measured(found: Sequence[tuple[int, float]]) -> Answers:
    return Answers([1000 * seconds for bytes_, seconds in found if bytes_], [bytes_ for bytes_, _ in found if bytes_])


def walks(command: list[str], count: int, home: Path) -> list[Answers]:
    """An iteration forwards, an iteration back, in the middle of 20,000 iterations that fill the memory."""
    terminal = Terminal([*command, "--set", "training.epochs=2000"], home)
    try:
        terminal.until(b"palette")
        terminal.settle(1.0)
        for iteration in (20_000, 15_000):
            os.write(terminal.fd, b"g")
            terminal.settle(0.2)
            os.write(terminal.fd, f"{iteration}\r".encode())
            terminal.settle(1.0)
        return [_measured([terminal.press(key) for _ in range(count)]) for key in ("\r", "\x7f", "\r", "\x7f")]
    finally:
        terminal.end()


def held(command: list[str], key: str, home: Path, seconds: float = 2.0) -> float:
    """Seconds from letting go of a key, held at 30 a second, to the last byte."""
    terminal = Terminal(command, home)
    try:
        terminal.until(b"palette")
        terminal.settle(1.0)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            os.write(terminal.fd, key.encode())
            terminal.watch(1 / 30)
        released = time.perf_counter()
        return max(0.0, terminal.settle(0.3)[1] - released)
    finally:
        terminal.end()


async def throughput(name: str, seconds: float) -> tuple[float, float, float]:
    """Iterations a second without a screen and with it, and paints a second; without a terminal."""
    import nnsim
    from nnsim.debugger.session import Session
    from nnsim.tui.app import NnsimApp
    from nnsim.tui.screens.stepper import Stepper

    def session() -> Session:
        return Session(nnsim.Simulation(nnsim.load(name, {"training.epochs": 10**6})))

    alone = session()
    start = time.perf_counter()
    alone.advance(seconds)
    without = alone.iteration / (time.perf_counter() - start)
    app = NnsimApp(session(), lambda _: session(), lambda: ())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(0.5)
        stepper, paints = app.screen, 0
        assert isinstance(stepper, Stepper)
        show = stepper._show

        def counted(moment: object) -> None:
            nonlocal paints
            paints += 1
            show(moment)  # type: ignore[arg-type]

        stepper._show = counted  # type: ignore[method-assign]
        await pilot.press("space")
        await asyncio.sleep(2.5)  # the gentle start
        start, first, painted = time.perf_counter(), stepper.session.iteration, paints
        await asyncio.sleep(2 * seconds)
        took = time.perf_counter() - start
        result = (stepper.session.iteration - first) / took, (paints - painted) / took
        await pilot.press("space")
    return without, *result


def large_net(folder: Path) -> str:
    """A scenario of the size of MNIST, with made-up pixels."""
    rng = np.random.default_rng(0)
    digits = rng.integers(0, 10, 512)
    shapes = rng.random((10, 784)) < 0.2
    with (folder / "pixels.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"p{row:02}_{column:02}" for row in range(28) for column in range(28)), "digit"])
        writer.writerows([*np.round(0.8 * shapes[d] + 0.2 * rng.random(784), 3), d] for d in digits)
    path = folder / "large.toml"
    path.write_text(LARGE)
    return str(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--every", action="store_true", help="the key n for each built-in scenario, and nothing else")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "nnsim").mkdir()
        (home / "nnsim" / "settings.toml").write_text("welcomed = true\n")
        if options.every:
            every(home, options.keys)
            return
        measure({"xor": "xor", "titanic": "titanic", "784-128-64-10": large_net(home)}, home, options)
    for name in ("titanic", "xor"):
        rounds = [asyncio.run(throughput(name, 1.5)) for _ in range(options.rounds)]
        without, with_screen, paints = (statistics.median(each) for each in zip(*rounds, strict=True))
        share = statistics.median(shown / alone for alone, shown, _ in rounds)
        rates = f"{with_screen:8,.0f} of {without:8,.0f} iterations/s"
        print(f"running {name:<14} {rates} = {share:.0%}, {paints:.0f} paints/s")


def every(home: Path, keys: int) -> None:
    for name in names():
        command = [sys.executable, "-m", "nnsim", name]
        print(f"key n      {name:<18} {answers(command, ['n'], keys, home)[0]}", flush=True)


def measure(scenarios: dict[str, str], home: Path, options: argparse.Namespace) -> None:
    empty = [sys.executable, "-c", EMPTY]
    commands = {name: [sys.executable, "-m", "nnsim", path] for name, path in scenarios.items()}
    first: dict[str, list[float]] = {}
    for command in (empty, *commands.values()):
        first_paint(command, b"palette", home)  # compiles
    for _ in range(options.rounds):  # in turn, so that whatever else the machine does hits all alike
        first.setdefault("empty app", []).append(first_paint(empty, b"palette", home))
        for name, command in commands.items():
            first.setdefault(name, []).append(first_paint(command, b"palette", home))
    base = statistics.median(first["empty app"])
    for name, seconds in first.items():
        median = statistics.median(seconds)
        print(f"first paint {name:<14} {1000 * median:6.0f} ms   {median / base:.2f} × empty")
    for name, command in commands.items():
        for label, key in (("n", ["n"]), ("enter", ["\r"]), ("down", ["\x1b[B"]), ("w", ["w"])):
            print(f"key {label:<6} {name:<14} {answers(command, key, options.keys, home)[0]}")
        for label, each in zip("io", answers(command, "io", options.keys // 2, home, "NNnn"), strict=True):
            print(f"key {label:<6} {name:<14} {each}")
        for target in ("z1[0,0]", "W1[0,0]"):
            print(f"{target:<10} {name:<14} {edits(command, target, options.keys // TURNS, home)}")
        if name != "784-128-64-10":
            print(f"pause      {name:<14} {pauses(command, options.keys // 10, home)}")
        else:
            for label, each in zip(("forwards", "back") * 2, walks(command, 2 * options.keys, home), strict=True):
                print(f"{label:<10} {name:<14} {each}")
        print(f"held n     {name:<14} {1000 * held(command, 'n', home):6.0f} ms after letting go")


if __name__ == "__main__":
    main()
