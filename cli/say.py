"""One line for the person who looks on; stdout is for scripts."""

import sys


def say(sentence: str) -> None:
    """Prints the sentence on stderr at once."""
    print(f"callboard: {sentence}", file=sys.stderr, flush=True)
