"""Hides in a source line what looks like a secret; rather too much than too little."""

import re
from collections.abc import Sequence

MASK = "••••••"
CODE = (
    ".py",
    ".pyi",
    ".js",
    ".jsx",
    ".ts",
    ".tsx",
    ".go",
    ".rs",
    ".java",
    ".kt",
    ".rb",
    ".c",
    ".h",
    ".cpp",
    ".cs",
    ".php",
)

_WORDS = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|credential|(?:api|access|auth|private|signing|encryption)[_-]?key)"
)
_QUOTED = re.compile(r"""(["'`])(?:\\.|(?!\1).){4,}(?:\1|$)""")
_NAMED = re.compile(
    rf"""(?i)({_WORDS}[\w\]"'-]*\s*(?::\s*\w+\s*)?(?:=>|[:=])\s*[rbfu]{{0,2}})(["'`])(?:\\.|(?!\2).)+(?:\2|$)"""
)
_PLAIN = re.compile(rf"(?i)({_WORDS}[\w-]*\s*[:=]\s*)[^\s\"'#]\S*")
_HEADER = re.compile(r"(?i)(\b(?:bearer|basic)\s+)[\w.+/=~-]{8,}")
_ADDRESS = re.compile(r"(\w://[^\s/:@\"']*:)[^\s/@\"']+(?=@)")
_KNOWN = re.compile(
    r"\b(?:A[KS]IA[0-9A-Z]{16}|gh[opusr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}"
    r"|sk[-_](?:live|test|ant|proj)?[\w-]{16,}|AIza[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
)
_RANDOM = re.compile(r"(?<![\w+/=-])(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])(?=[\w+/-]*\d)[\w+/-]{32,}={0,2}")
_KEY_BEGINS, _KEY_ENDS = "PRIVATE KEY-----", "-----END"
_LEFT_OF = re.compile(r"^(\s*)([A-Za-z_][\w.-]*\s*(?::\s*\w+\s*)?[=:](?!=)\s*)?")
LONGEST_KEY = 200


def mask_secrets(text: str, path: str) -> str:
    """The line without passwords, tokens and keys, as far as they look like any."""
    text = _NAMED.sub(rf"\1\2{MASK}\2", text)
    if not path.endswith(CODE):
        text = _PLAIN.sub(rf"\1{MASK}", text)
    for pattern in (_HEADER, _ADDRESS):
        text = pattern.sub(rf"\1{MASK}", text)
    return _RANDOM.sub(MASK, _KNOWN.sub(MASK, text))


def mask_literals(text: str) -> str:
    """The line without anything in quotes."""
    return _QUOTED.sub(rf"\1{MASK}\1", text)


def mask_whole(text: str) -> str:
    """A line that holds a secret: its indentation, and at most the name to which the secret is given."""
    indentation, name = _LEFT_OF.match(text).groups(default="")  # type: ignore[union-attr]
    return f"{indentation}{name}{MASK}"


def after_private_keys(source: Sequence[str], first: int, last: int) -> set[int]:
    """The numbers of the lines from `first` to `last` that lie in a private key, its first and last line included."""
    inside, found = False, set[int]()
    for number in range(max(1, first - LONGEST_KEY), last + 1):
        text = source[number - 1]
        inside = inside or ("BEGIN" in text and _KEY_BEGINS in text)
        if inside and number >= first:
            found.add(number)
        inside = inside and _KEY_ENDS not in text
    return found
