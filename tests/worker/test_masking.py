"""What of a source line is hidden, and what is left to read."""

import pytest

from worker.masking import MASK, after_private_keys, mask_literals, mask_secrets, mask_whole


@pytest.mark.parametrize(
    ("path", "line", "secret"),
    [
        ("a.py", 'password = "correct-horse"', "horse"),
        ("a.py", "db_password: str = 'hunter2", "hunter2"),
        ("a.js", 'const cfg = {"apiKey": `abcd1234`}', "abcd1234"),
        ("a.py", 'headers["Authorization"] = "Bearer abcdefgh12345678"', "abcdefgh"),
        ("a.py", 'connect("postgresql://shop:s3cr3t@db/shop")', "s3cr3t"),
        ("a.py", "x = AKIAABCDEFGHIJKLMNOP", "AKIA"),
        ("a.py", "t = 'ghp_0123456789abcdefghijklmnopqrstuv'", "ghp_"),
        ("a.py", "aGVsbG8gd29ybGQhIFRoaXMgaXMgYSBrZXkgMTIz", "aGVs"),
        (".env", "SHOP_TOKEN=abc123", "abc123"),
        ("deploy.yml", "  password: hunter2", "hunter2"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(path: str, line: str, secret: str) -> None:
    masked = mask_secrets(line, path)
    assert MASK in masked
    assert secret not in masked


@pytest.mark.parametrize(
    "line",
    [
        "import json",
        "def login(password: str) -> None:",
        'name = "cart"',
        "token = next(tokens)",
        "    return secret_of(x)",
    ],
)
def test_ordinary_code_stays_as_it_is(line: str) -> None:
    assert mask_secrets(line, "a.py") == line


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ('    KEY = "abc"', f"    KEY = {MASK}"),
        ('  connect("u", "hunter2")', f"  {MASK}"),
        ('if "hunter2" == pw:', MASK),
        ("", MASK),
    ],
)
def test_of_a_line_that_holds_a_secret_only_the_name_is_left(line: str, masked: str) -> None:
    assert mask_whole(line) == masked


def test_beside_a_secret_nothing_in_quotes_is_shown() -> None:
    assert mask_literals("""x = f("correct horse", 'battery', 3)""") == f"""x = f("{MASK}", '{MASK}', 3)"""


def test_every_line_of_a_private_key_is_known() -> None:
    source = ["a", 'K = """-----BEGIN RSA PRIVATE KEY-----', "MIIE", "-----END RSA PRIVATE KEY-----", "b"]
    assert after_private_keys(source, 1, 5) == {2, 3, 4}
    assert after_private_keys(source, 3, 5) == {3, 4}
