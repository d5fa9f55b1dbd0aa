"""What "why this number?" shows is worked out again from the text alone, as a reader would with a calculator."""

import ast
import math
import operator
import random
import re
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest

import nnsim
from nnsim.debugger.session import Session
from nnsim.engine.notation import number
from nnsim.engine.simulation import Simulation
from nnsim.scenario.builtin import ORDER
from nnsim.tui.moment import View, describe, take
from nnsim.tui.renderers.why import why
from nnsim.tui.rows import plain
from tests.tui.conftest import moment_at

SIGNS = (("−", "-"), ("·", "*"), ("²", "**2"), ("e^(", "exp("), ("^", "**"), ("√(", "sqrt("), ("[", "("), ("]", ")"))
FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "ln": math.log,
    "sqrt": math.sqrt,
    "tanh": math.tanh,
    "max": max,
}
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
}


def worked_out(text: str) -> float:
    """The value of arithmetic as the screen writes it; nan where a divisor is rounded to 0."""
    text = re.sub(r"\d+ (smaller|other) terms: ", "", text)
    for sign, code in SIGNS:
        text = text.replace(sign, code)
    try:
        return _value(ast.parse(text.strip(), mode="eval").body)
    except ZeroDivisionError:
        return math.nan


def terms(text: str) -> list[float]:
    """The value of each term of a sum as the screen writes it."""
    text = re.sub(r"\d+ (smaller|other) terms: ", "", text)
    for sign, code in SIGNS:
        text = text.replace(sign, code)
    waiting, found = [ast.parse(text.strip(), mode="eval").body], list[ast.expr]()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            waiting += [node.left, node.right]
        else:
            found.append(node)
    return [abs(_value(node)) for node in found]


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            return OPERATORS[type(op)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name](*map(_value, args))
    raise ValueError(ast.dump(node))


def equations(lines: Iterable[str]) -> list[tuple[str, str]]:
    """(= or ≈, right side) of each line with numbers; what is wrapped belongs to the line before."""
    found: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(("  = ", "  ≈ ")) and "rounded as shown" not in line:
            found.append((line[2], line[4:]))
        elif line.startswith("    ") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif found:
            break
    return found


def test_numbers_of_the_scenario_are_not_rounded() -> None:
    moment = moment_at("titanic", 3, "b2.v")
    for digits in (2, 3, 4):
        text = "\n".join(moment.explanation.lines(digits))
        assert "= 0.999·" in text
        assert "(1 − 0.999)·" in text
    assert moment_at("batch-size", 3, "loss").explanation.lines(1)[1].endswith(" / 16")


@pytest.mark.parametrize("name", ORDER)
def test_what_is_shown_adds_up_or_says_that_it_is_rounded(name: str) -> None:
    session, rng = Session(Simulation(nnsim.load(name))), random.Random(name)
    about, checked = describe(session), 0
    for iteration in (0, rng.randrange(1, 60)):
        session.go_to(iteration)
        for at, op in enumerate(session.program):
            session.go_to_op(at)
            session.choose(tuple(rng.randrange(length) for length in session.frame[op.name].shape))
            digits = rng.choice((2, 3, 4, 6, 9))
            moment = take(session, about, View(digits=digits))
            steps = equations(plain(row).rstrip() for row in why(moment, 64))
            for (_, shown), (sign, then) in pairwise(steps):
                if "nan" in shown or "∞" in shown:
                    continue
                value, stated = worked_out(shown), worked_out(then)
                near = {number(value * (1 + off), digits) for off in (-1e-12, 0.0, 1e-12)}
                assert sign == "≈" or number(stated, digits) in near, (op.name, shown, sign, then)
                checked += 1
                once, again = terms(shown), terms(then)
                if sign == "=" and len(once) == len(again) > 1:
                    for a, b in zip(once, again, strict=True):
                        near = {number(a * (1 + off), digits) for off in (-1e-12, 0.0, 1e-12)}
                        assert number(b, digits) in near, (op.name, shown, then)
            if steps:
                assert steps[-1][1] == number(moment.number, digits)
    assert checked > len(session.program)
