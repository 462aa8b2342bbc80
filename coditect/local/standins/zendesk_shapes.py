"""Zendesk's JSON of tickets, comments and users."""

from datetime import datetime
from html import escape

from coditect.graph.values import Json, JsonObject
from coditect.local.standins.zendesk_store import Comment, Ticket, User


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _via() -> JsonObject:
    return {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}}


def ticket_shape(ticket: Ticket, here: str) -> JsonObject:
    """here: the desk's own address."""
    return {
        "url": f"{here}/api/v2/tickets/{ticket.id}.json",
        "id": ticket.id,
        "external_id": ticket.external_id,
        "via": _via(),
        "created_at": _instant(ticket.created_at),
        "updated_at": _instant(ticket.updated_at),
        "type": ticket.type,
        "subject": ticket.subject,
        "raw_subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "status": ticket.status,
        "recipient": None,
        "requester_id": ticket.requester_id,
        "submitter_id": ticket.submitter_id,
        "assignee_id": None,
        "organization_id": None,
        "group_id": None,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "has_incidents": False,
        "is_public": any(comment.public for comment in ticket.comments),
        "due_at": None,
        "tags": list[Json](ticket.tags),
        "custom_fields": [{name: _plain(value) for name, value in each.items()} for each in ticket.custom_fields],
        "satisfaction_rating": None,
        "allow_channelback": False,
    }


def comment_shape(comment: Comment) -> JsonObject:
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author_id,
        "body": comment.body,
        "html_body": f'<div class="zd-comment"><p>{escape(comment.body)}</p></div>',
        "plain_body": comment.body,
        "public": comment.public,
        "attachments": [],
        "audit_id": comment.id,
        "via": _via(),
        "created_at": _instant(comment.created_at),
        "metadata": {"system": {}, "custom": {}},
    }


def user_shape(user: User, here: str) -> JsonObject:
    return {
        "url": f"{here}/api/v2/users/{user.id}.json",
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "external_id": user.external_id,
        "role": user.role,
        "active": True,
        "verified": False,
        "suspended": False,
        "created_at": _instant(user.created_at),
        "updated_at": _instant(user.updated_at),
        "tags": [],
        "user_fields": {},
    }


def _plain(value: object) -> Json:
    return value if isinstance(value, (bool, int, float, str)) else None
