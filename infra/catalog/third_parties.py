"""Companies whose services the platform uses, and the hosts it opens connections to."""

from dataclasses import dataclass

from infra.catalog.names import Need


@dataclass(frozen=True, kw_only=True)
class ThirdParty:
    """need: what a service declares to be allowed to reach it; None where only browsers do."""

    name: str
    need: Need | None
    hosts: tuple[str, ...]
    purpose: str
    personal_data: str


THIRD_PARTIES: tuple[ThirdParty, ...] = (
    ThirdParty(
        name="Stripe",
        need=Need.STRIPE,
        hosts=("api.stripe.com",),
        purpose="Payments",
        personal_data="Name, e-mail, card (never seen by us)",
    ),
    ThirdParty(
        name="SendGrid",
        need=Need.SENDGRID,
        hosts=("api.sendgrid.com",),
        purpose="Transactional mail",
        personal_data="Name, e-mail",
    ),
    ThirdParty(
        name="Zendesk",
        need=Need.ZENDESK,
        hosts=("coditect.zendesk.com",),
        purpose="Support tickets",
        personal_data="Name, e-mail, what the customer writes",
    ),
    ThirdParty(
        name="Google Identity Platform",
        need=Need.SIGN_IN,
        # www: the certificates that ID tokens are verified with.
        hosts=("identitytoolkit.googleapis.com", "securetoken.googleapis.com", "www.googleapis.com"),
        purpose="Sign-in with Google and GitHub",
        personal_data="Name, e-mail, picture",
    ),
    ThirdParty(
        name="Google Analytics",
        need=None,
        hosts=("www.googletagmanager.com",),
        purpose="Use of the site, with consent",
        personal_data="Pseudonymous use",
    ),
)
