"""API keys, and the one-time tickets and sessions that let a browser use one; only hashes are kept."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from callboard.db import now, seconds
from callboard.errors import ForbiddenError, InvalidError, NotFoundError, UnauthorizedError
from callboard.models import ApiKey, SignIn

Role = Literal["read", "submit", "admin"]
ROLES: tuple[Role, ...] = ("read", "submit", "admin")
PREFIX = "cb"
TICKET_SECONDS = 600
SESSION_SECONDS = 30 * 86_400


@dataclass(frozen=True)
class Caller:
    """Who calls: a key's id, name and role, and the projects it is limited to (None for all)."""

    id: str
    name: str
    role: str
    projects: tuple[str, ...] | None = None

    def require(self, role: Role, project_id: str | None = None) -> None:
        """Raises ForbiddenError unless the key has at least this role, on this project where one is named."""
        if ROLES.index(role) > ROLES.index(self.role):
            raise ForbiddenError(f"Key {self.name!r} has the role {self.role!r}; this needs {role!r}")
        if project_id is not None and not self.sees(project_id):
            raise ForbiddenError(f"Key {self.name!r} is not for project {project_id!r}")

    def sees(self, project_id: str) -> bool:
        """Whether the key is for this project."""
        return self.projects is None or project_id in self.projects


def create(session: Session, *, name: str, role: str = "admin", projects: list[str] | None = None) -> str:
    """Makes a key and answers it in plain, the only time that it can be seen: `cb_<id>_<secret>`."""
    if role not in ROLES:
        raise InvalidError(f"role {role!r} is none of {', '.join(ROLES)}")
    id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    values = {"id": id, "name": name, "role": role, "secret_hash": _hash(secret), "projects": projects}
    session.execute(insert(ApiKey).values(values))
    return f"{PREFIX}_{id}_{secret}"


def authenticate(session: Session, key: str) -> Caller:
    """Whose key this is. Raises UnauthorizedError; the message never repeats the key."""
    prefix, _, rest = key.partition("_")
    id, _, secret = rest.partition("_")
    row = session.scalars(_valid().where(ApiKey.id == id)).one_or_none() if prefix == PREFIX else None
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        raise UnauthorizedError("The API key is unknown, expired or revoked; `callboard up` writes a valid one")
    return _caller(row)


def revoke(session: Session, key_id: str) -> None:
    """Ends a key and its browser sessions. Raises NotFoundError."""
    statement = update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=now())
    if session.execute(statement.returning(ApiKey.id)).one_or_none() is None:
        raise NotFoundError(f"There is no valid API key {key_id!r}")
    session.execute(delete(SignIn).where(SignIn.key_id == key_id))


def listed(session: Session) -> list[ApiKey]:
    """The keys that are valid, oldest first."""
    return list(session.scalars(_valid().order_by(ApiKey.created_at, ApiKey.id)))


def ticket(session: Session, key: str) -> str:
    """A token that signs one browser in once, within ten minutes."""
    return _issue(session, authenticate(session, key).id, "ticket", TICKET_SECONDS)


def redeem(session: Session, token: str) -> str:
    """Turns a ticket into a browser session's token. Raises UnauthorizedError when it was used or is too old."""
    used = delete(SignIn).where(SignIn.token_hash == _hash(token), SignIn.kind == "ticket", SignIn.expires_at > now())
    key_id = session.scalar(used.returning(SignIn.key_id))
    if key_id is None:
        raise UnauthorizedError("This sign-in link was used or is too old; `callboard signin` prints another one")
    return _issue(session, key_id, "session", SESSION_SECONDS)


def signed_in(session: Session, token: str) -> Caller:
    """Whose browser session this is. Raises UnauthorizedError."""
    own = (SignIn.token_hash == _hash(token), SignIn.kind == "session", SignIn.expires_at > now())
    row = session.scalars(_valid().join(SignIn, SignIn.key_id == ApiKey.id).where(*own)).one_or_none()
    if row is None:
        raise UnauthorizedError("You are signed out; `callboard up` prints a link that signs you in")
    return _caller(row)


def sign_out(session: Session, token: str) -> None:
    """Ends a browser session; one that is gone already is no error."""
    session.execute(delete(SignIn).where(SignIn.token_hash == _hash(token)))


def _valid() -> Select[ApiKey]:
    unexpired = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now())
    return select(ApiKey).where(ApiKey.revoked_at.is_(None), unexpired)


def _issue(session: Session, key_id: str, kind: str, lifetime: float) -> str:
    token = secrets.token_urlsafe(32)
    expires_at = now() + seconds(lifetime)
    session.execute(insert(SignIn).values(token_hash=_hash(token), key_id=key_id, kind=kind, expires_at=expires_at))
    return token


def _caller(row: ApiKey) -> Caller:
    return Caller(row.id, row.name, row.role, None if row.projects is None else tuple(row.projects))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
