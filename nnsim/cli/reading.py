"""nnsim list, explain, new: what there is, what it means, and how to begin one's own."""

import argparse
import sys


def list_options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command=_list)


def _list(options: argparse.Namespace) -> None:
    from nnsim.scenario import catalogue

    entries = catalogue()
    widest = max(len(entry.name) for entry in entries)
    for entry in entries:
        print(f"{entry.name:<{widest}}  {entry.title}: {entry.summary}")


def explain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("term", nargs="+", help='such as "vanishing gradient"')
    parser.set_defaults(command=_explain)


def _explain(options: argparse.Namespace) -> None:
    import shutil

    from nnsim.scenario.glossary import lines, look_up

    width = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 78
    for line in lines(look_up(" ".join(options.term)), width):
        print(line)


def new_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.toml", help="the file to write; one that is there is left as it is")
    parser.add_argument("--guide", action="store_true", help="a guide instead of a scenario")
    parser.set_defaults(command=_new)


def _new(options: argparse.Namespace) -> None:
    from nnsim.scenario.starting import write_new

    write_new(options.file, options.guide)
    print(f"{options.file} is written; nnsim check {options.file} says what it would do")
