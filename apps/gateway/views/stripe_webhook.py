"""Where Stripe tells of payments. An event is verified, kept and acknowledged; a task does what follows from it."""

import logging
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from apps.domain.accounts.endpoint import InvalidBodyError, post_only
from apps.domain.billing.models import Provider
from apps.domain.billing.services import receive_event
from apps.domain.billing.signature import InvalidSignatureError, verify
from apps.domain.operations.problems import ProblemError

logger = logging.getLogger(__name__)


class Event(BaseModel):
    """What every event has. Its object is not read here: it may be older than what Stripe has by now."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^evt_[A-Za-z0-9_]{1,250}$")]
    type: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]{1,100}$")]


@post_only
def receive(request: HttpRequest) -> HttpResponse:
    """200 once the event is kept, also when it was already; 400 for what Stripe did not sign; 503 to be asked again."""
    now = timezone.now()
    try:
        verify(
            body=request.body,
            header=request.headers.get("Stripe-Signature", ""),
            secret=settings.STRIPE_WEBHOOK_SECRET or "",
            at=now,
        )
    except InvalidSignatureError as error:
        raise invalid_signature(str(error)) from None
    try:
        event = Event.model_validate_json(request.body)
    except ValidationError:
        raise InvalidBodyError("The body is no event of Stripe.") from None
    received = receive_event(provider=Provider.STRIPE, event_id=event.id, kind=event.type, payload=request.body, at=now)
    logger.info("Stripe's event was received", extra={"event_id": event.id, "type": event.type, "received": received})
    return JsonResponse({"received": True})


def invalid_signature(detail: str) -> ProblemError:
    return ProblemError(code="invalid_signature", status=400, title="The signature is not valid", detail=detail)
