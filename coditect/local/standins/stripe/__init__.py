"""Stand-in for Stripe: localstripe's customers, subscriptions, invoices and events, and beside them what it lacks.

Prices, checkout sessions with their hosted payment page, the customer portal, idempotency keys, and webhooks that are
retried. Why it is built so, and what differs from the real service: docs/adr/0014-stand-ins.md.
"""
