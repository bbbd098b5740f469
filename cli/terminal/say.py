"""One line for the person who looks on; stdout is for scripts."""

import sys

from cli.terminal.plain import plain


def say(sentence: str) -> None:
    """Prints the sentence on stderr at once."""
    print(f"callboard: {plain(sentence)}", file=sys.stderr, flush=True)
