"""Draws what a command prints, read from standard input, as an SVG for the README."""

import sys

from rich.console import Console
from rich.text import Text

WIDTH = 112


def main(command: str, target: str) -> None:
    """Reads a terminal's output, colours and all, and writes the picture."""
    console = Console(record=True, width=WIDTH, file=open("/dev/null", "w", encoding="utf-8"))  # noqa: SIM115
    console.print(Text.assemble(("$ ", "bold"), command))
    console.print(Text.from_ansi(sys.stdin.read()))
    console.save_svg(target, title="callboard")


if __name__ == "__main__":
    main(*sys.argv[1:3])
