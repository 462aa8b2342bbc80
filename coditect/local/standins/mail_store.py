"""The mails that were sent, one file each."""

import re
import secrets
import threading
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from coditect.graph.values import Json, items, lookup, members, text

_ID = re.compile(r"[A-Za-z0-9_-]+")


class Mail(BaseModel):
    """One mail as one set of recipients would get it.

    id: of this stand-in, in order of time. sender, reply_to: `Name <address>`. attachments: names of files.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    message_id: str
    sent_at: datetime
    sender: str
    reply_to: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str
    text: str | None
    html: str | None
    template_id: str | None
    template_data: dict[str, object]
    categories: tuple[str, ...]
    attachments: tuple[str, ...]

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.to + self.cc + self.bcc


def mails_of(given: Json, *, at: datetime) -> list[Mail]:
    """The mails of one request that was checked: one for each personalization."""
    message_id = secrets.token_urlsafe(16)
    bodies = {text(block, "type"): text(block, "value") for block in items(given, "content")}
    found = []
    for index, personalization in enumerate(items(given, "personalizations")):
        # SendGrid's older way of filling in: plain replacement.
        replaced = {name: str(value) for name, value in members(personalization, "substitutions").items()}
        found.append(
            Mail(
                id=f"{at:%Y%m%dT%H%M%S%f}-{index:04d}-{secrets.token_hex(3)}",
                message_id=message_id,
                sent_at=at,
                sender=_person(lookup(given, "from")),
                reply_to=_person(lookup(given, "reply_to")) or None,
                to=_addresses(personalization, "to"),
                cc=_addresses(personalization, "cc"),
                bcc=_addresses(personalization, "bcc"),
                subject=_fill(text(personalization, "subject") or text(given, "subject"), replaced),
                text=_fill(bodies["text/plain"], replaced) if "text/plain" in bodies else None,
                html=_fill(bodies["text/html"], replaced) if "text/html" in bodies else None,
                template_id=text(given, "template_id") or None,
                template_data=dict(members(personalization, "dynamic_template_data")),
                categories=tuple(str(category) for category in items(given, "categories")),
                attachments=tuple(text(attachment, "filename") for attachment in items(given, "attachments")),
            )
        )
    return found


def _addresses(personalization: Json, kind: str) -> tuple[str, ...]:
    return tuple(text(recipient, "email") for recipient in items(personalization, kind))


def _person(value: Json) -> str:
    name, address = text(value, "name"), text(value, "email")
    return f"{name} <{address}>" if name else address


def _fill(content: str, replaced: dict[str, str]) -> str:
    for name, value in replaced.items():
        content = content.replace(name, value)
    return content


class MailStore:
    """A directory of mails. Safe for several threads of one process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()

    def add(self, mails: list[Mail]) -> None:
        with self._lock:
            for mail in mails:
                temporary = self._directory / f".{mail.id}"
                temporary.write_text(mail.model_dump_json(indent=2))
                temporary.replace(self._directory / f"{mail.id}.json")

    def newest(self) -> list[Mail]:
        """Every mail, the last first."""
        with self._lock:
            return [Mail.model_validate_json(f.read_bytes()) for f in sorted(self._directory.glob("*.json"))[::-1]]

    def find(self, mail_id: str) -> Mail | None:
        file = self._directory / f"{mail_id}.json"
        if not _ID.fullmatch(mail_id) or not file.exists():
            return None
        return Mail.model_validate_json(file.read_bytes())

    def empty(self) -> None:
        with self._lock:
            for file in self._directory.glob("*.json"):
                file.unlink()
