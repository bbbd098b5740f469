"""What of the host every sandboxed process may read: the system's programs, Python, and a few files of /etc."""

import os
import sys
from functools import cache
from pathlib import Path

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC = (
    "alternatives",
    "debian_version",
    "group",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "ssl/openssl.cnf",
)
ETC_NETWORK = (
    "ca-certificates",
    "gai.conf",
    "host.conf",
    "hosts",
    "pki/ca-trust/extracted",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "protocols",
    "resolv.conf",
    "services",
    "ssl/cert.pem",
    "ssl/certs",
)
CERTIFICATES = frozenset({"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"})
NETWORK_VARIABLES = CERTIFICATES | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
PIP_VARIABLES = (
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_DISABLE_PIP_VERSION_CHECK",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_INDEX_URL",
    "PIP_NO_INDEX",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_TIMEOUT",
    "PIP_TRUSTED_HOST",
)


def etc(network: bool) -> list[Path]:
    """The files of /etc that programs need; those for names and certificates only with a network."""
    paths = (Path("/etc") / name for name in (*ETC, *(ETC_NETWORK if network else ())))
    return [path for path in paths if path.exists()]


def shared_memory(folder: Path = Path("/dev/shm")) -> list[Path]:
    """The host's shared memory, for semaphores; not where it holds anything else that this user may read."""
    if folder.is_dir() and not any(os.access(path, os.R_OK) for path in folder.iterdir() if path.name[:4] != "sem."):
        return [folder]
    return []


@cache
def python() -> tuple[Path, ...]:
    """Where this interpreter and its packages lie, outside of the system's own folders."""
    homes = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent}
    return tuple(sorted(home for home in homes if not home.is_relative_to("/usr")))


def shim() -> Path:
    """The folder of the worker's package, out of which comes each sandbox's first program."""
    return Path(__file__).resolve().parents[1]


def search_path() -> str:
    """The PATH inside: the tools of this interpreter's environment first, then the system's."""
    return f"{sys.prefix}/bin:/usr/local/bin:/usr/bin:/bin"


def network_environment() -> tuple[dict[str, str], list[Path]]:
    """The worker's own proxy and certificate variables, and the files that they name, for steps with a network."""
    env = {name: value for name, value in os.environ.items() if name.upper() in NETWORK_VARIABLES}
    named = (Path(value) for name, value in env.items() if name in CERTIFICATES)
    return env, [path for path in named if path.is_absolute() and path.exists()]
