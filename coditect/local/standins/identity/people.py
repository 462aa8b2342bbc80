"""Who may sign in with Google or GitHub here: the demonstration's people, and anyone whose address is written."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person as both providers know them. login: at GitHub. public_email: shown in their GitHub profile."""

    name: str
    email: str
    login: str
    has_public_email: bool = True

    @property
    def google_id(self) -> str:
        """Google's `sub`: 21 digits, always the same for an address."""
        return "1" + str(int(hashlib.sha256(f"google:{self.email}".encode()).hexdigest(), 16))[:20]

    @property
    def github_id(self) -> int:
        return int(hashlib.sha256(f"github:{self.email}".encode()).hexdigest()[:7], 16)

    @property
    def given_name(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def family_name(self) -> str:
        return self.name.partition(" ")[2]

    @property
    def picture(self) -> str:
        """An address as the providers give one; nothing answers there."""
        return f"https://avatars.invalid/{self.github_id}"


PEOPLE: tuple[Person, ...] = (
    Person(name="Alice Adams", email="alice@acme.example", login="alice-acme"),
    Person(name="Bob Brown", email="bob@acme.example", login="bob-acme", has_public_email=False),
    Person(name="Carol Clark", email="carol@globex.example", login="carol-globex"),
    Person(name="Sam Smith", email="sam@coditect.example", login="sam-coditect"),
)


def person(email: str) -> Person | None:
    """Whoever has this address; None for what is no address."""
    email = email.strip().lower()
    for known in PEOPLE:
        if known.email == email:
            return known
    name, _, domain = email.partition("@")
    if not name or "." not in domain or any(character.isspace() for character in email):
        return None
    return Person(name=name.replace(".", " ").title(), email=email, login=name.replace(".", "-"))
