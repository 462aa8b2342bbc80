"""The inbox of events from payment providers: each is kept once, as it came, before anything is done about it."""

from typing import ClassVar

from django.db import models


class Provider(models.TextChoices):
    STRIPE = "stripe"


class WebhookEvent(models.Model):
    """One verified event. No tenant's row yet: whose it is, its handling finds out.

    payload: the body as it was signed. processed_at: null until it has been handled.
    """

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=20, choices=Provider.choices)
    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    payload = models.BinaryField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_events"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="webhook_events_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], condition=models.Q(processed_at__isnull=True), name="webhook_events_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
