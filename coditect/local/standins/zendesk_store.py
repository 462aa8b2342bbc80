"""Tickets, their comments and the people who write them, in a file."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, Field

_FIRST_ID = 1001
AGENT_EMAIL = "agent@stand-in.invalid"


def _now() -> datetime:
    return datetime.now(UTC)


class User(BaseModel):
    id: int
    name: str
    email: str
    role: str = "end-user"
    external_id: str | None = None
    created_at: datetime = Field(default_factory=_now)
    updated_at: datetime = Field(default_factory=_now)


class Comment(BaseModel):
    id: int
    author_id: int
    body: str
    public: bool
    created_at: datetime = Field(default_factory=_now)


class Ticket(BaseModel):
    id: int
    subject: str
    description: str
    requester_id: int
    submitter_id: int
    status: str = "new"
    priority: str | None = None
    type: str | None = None
    external_id: str | None = None
    tags: list[str] = Field(default_factory=list)
    custom_fields: list[dict[str, object]] = Field(default_factory=list)
    created_at: datetime = Field(default_factory=_now)
    updated_at: datetime = Field(default_factory=_now)
    comments: list[Comment] = Field(default_factory=list)


class _State(BaseModel):
    next_id: int = _FIRST_ID
    users: list[User] = Field(default_factory=list)
    tickets: list[Ticket] = Field(default_factory=list)
    # Idempotency keys of created tickets: the fingerprint of the request, and the ticket.
    keys: dict[str, tuple[str, int]] = Field(default_factory=dict)


class Desk:
    """One support desk. Hold `lock` around what reads and then writes; `save` ends it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.lock = threading.RLock()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._state = _State.model_validate_json(file.read_bytes()) if file.exists() else _State()
        if self.user_by_email(AGENT_EMAIL) is None:
            self.agent = self.add_user(name="Support agent", email=AGENT_EMAIL, role="agent")
            self.save()
        else:
            self.agent = next(user for user in self.users if user.email == AGENT_EMAIL)

    @property
    def users(self) -> list[User]:
        return self._state.users

    @property
    def tickets(self) -> list[Ticket]:
        return self._state.tickets

    @property
    def keys(self) -> dict[str, tuple[str, int]]:
        return self._state.keys

    def new_id(self) -> int:
        self._state.next_id += 1
        return self._state.next_id - 1

    def user(self, user_id: int) -> User | None:
        return next((user for user in self.users if user.id == user_id), None)

    def user_by_email(self, email: str) -> User | None:
        return next((user for user in self.users if user.email == email.lower()), None)

    def add_user(self, *, name: str, email: str, role: str = "end-user", external_id: str | None = None) -> User:
        user = User(id=self.new_id(), name=name, email=email.lower(), role=role, external_id=external_id)
        self.users.append(user)
        return user

    def ticket(self, ticket_id: int) -> Ticket | None:
        return next((ticket for ticket in self.tickets if ticket.id == ticket_id), None)

    def add_comment(self, ticket: Ticket, *, author: User, body: str, is_public: bool) -> Comment:
        comment = Comment(id=self.new_id(), author_id=author.id, body=body, public=is_public)
        ticket.comments.append(comment)
        ticket.updated_at = comment.created_at
        return comment

    def save(self) -> None:
        temporary = self._file.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_text(self._state.model_dump_json(indent=2))
        temporary.replace(self._file)
