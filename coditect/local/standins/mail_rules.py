"""What SendGrid refuses to send, in its own words: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors."""

import re

from coditect.graph.values import Json, items, lookup, members, text

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOST_RECIPIENTS = 1000
_MOST_PERSONALIZATIONS = 1000


class BadMail(Exception):  # noqa: N818 - an answer to the caller, not a failure of ours
    """message, field: as SendGrid's answer names them."""

    def __init__(self, message: str, field: str | None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


def check(given: Json) -> bool:
    """Whether the mail is only to be checked (sandbox mode). Raises BadMail."""
    if not isinstance(given, dict):
        raise BadMail("Bad Request", None)
    _check_recipients(given)
    if not _is_address(text(given, "from", "email")):
        raise BadMail(
            "The from object must be provided for every email send. It is an object that requires the email parameter, "
            'but may also contain a name parameter.  e.g. {"email" : "example@example.com"}  or '
            '{"email" : "example@example.com", "name" : "Example Recipient"}.',
            "from",
        )
    if not text(given, "template_id"):
        _check_content(given)
    return lookup(given, "mail_settings", "sandbox_mode", "enable") is True


def _check_recipients(given: Json) -> None:
    personalizations = items(given, "personalizations")
    if not 0 < len(personalizations) <= _MOST_PERSONALIZATIONS:
        raise BadMail(
            "The personalizations field is required and must have at least one personalization.", "personalizations"
        )
    count = 0
    for index, personalization in enumerate(personalizations):
        if not items(personalization, "to"):
            raise BadMail(
                "The to array is required for all personalization objects, and must have at least one email object "
                "with a valid email address.",
                f"personalizations.{index}.to",
            )
        seen: set[str] = set()
        for kind in ("to", "cc", "bcc"):
            for place, recipient in enumerate(items(personalization, kind)):
                address = text(recipient, "email").lower()
                if not _is_address(address):
                    raise BadMail("Does not contain a valid address.", f"personalizations.{index}.{kind}.{place}.email")
                if address in seen:
                    raise BadMail(
                        "Each email address in the personalization block should be unique between to, cc, and bcc. "
                        f"We found the first duplicate instance of [{address}] in the personalizations.{index}.{kind} "
                        "field.",
                        f"personalizations.{index}",
                    )
                seen.add(address)
                count += 1
    if count > _MOST_RECIPIENTS:
        raise BadMail(f"No more than {_MOST_RECIPIENTS} recipients are allowed.", "personalizations")


def _check_content(given: Json) -> None:
    if not text(given, "subject") and not all(text(p, "subject") for p in items(given, "personalizations")):
        raise BadMail(
            "The subject is required. You can get around this requirement if you use a template with a subject defined "
            "or if every personalization has a subject defined.",
            "subject",
        )
    content = items(given, "content")
    if not content:
        raise BadMail(
            "Unless a valid template_id is provided, the content parameter is required. There must be at least one "
            "defined content block. We typically suggest both text/plain and text/html blocks are included, but only "
            "one block is required.",
            "content",
        )
    for index, block in enumerate(content):
        if not text(members(block), "value"):
            raise BadMail(
                "The content value must be a string at least one character in length.", f"content.{index}.value"
            )
        if not text(members(block), "type"):
            raise BadMail(
                "The content type must be a string at least one character in length.", f"content.{index}.type"
            )
    if [text(block, "type") for block in content[1:2]] == ["text/plain"]:
        raise BadMail(
            "If present, text/plain must be first, followed by text/html, followed by any other content.", "content"
        )


def _is_address(value: str) -> bool:
    return bool(_ADDRESS.fullmatch(value))
