"""`nnsim`, and `python -m nnsim`."""

import sys


def main() -> int:
    """Runs a command and returns its exit status. Ctrl-C ends it quietly also while it still imports."""
    try:
        from nnsim import cli

        return cli.main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
