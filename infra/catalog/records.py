"""DNS records beside those that follow from the hosts: mail, and who may issue certificates.

Values that are particular to an account (DKIM selectors, verification strings) are settings of a stack.
"""

from dataclasses import dataclass
from enum import StrEnum

from infra.catalog.names import Zone


class RecordType(StrEnum):
    A = "A"
    CAA = "CAA"
    CNAME = "CNAME"
    MX = "MX"
    TXT = "TXT"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record set.

    label: "" for the zone itself. ttl_s: seconds.
    values: `{domain}` stands for the zone's domain in that stack, `{mx_host}` and `{mta_sts_id}` for settings.
    """

    zone: Zone
    label: str
    type: RecordType
    ttl_s: int
    values: tuple[str, ...]
    purpose: str


# Addresses: 300 s, so that a fail-over to another region reaches clients within five minutes (specification).
ADDRESS_TTL_S = 300
MAIL_TTL_S = 3600

# Certificates come from Google alone (Certificate Manager); anyone else is refused, and violations are reported.
_CAA = ('0 issue "pki.goog"', '0 issuewild "pki.goog"', '0 iodef "mailto:security@{domain}"')

RECORDS: tuple[Record, ...] = (
    Record(zone=Zone.SITE, label="", type=RecordType.CAA, ttl_s=MAIL_TTL_S, values=_CAA, purpose="Certificate issuers"),
    Record(zone=Zone.APPS, label="", type=RecordType.CAA, ttl_s=MAIL_TTL_S, values=_CAA, purpose="Certificate issuers"),
    Record(
        zone=Zone.SITE, label="", type=RecordType.MX, ttl_s=MAIL_TTL_S, values=("1 {mx_host}",), purpose="Mail delivery"
    ),
    Record(
        zone=Zone.SITE,
        label="",
        type=RecordType.TXT,
        ttl_s=MAIL_TTL_S,
        values=('"v=spf1 include:_spf.google.com include:sendgrid.net ~all"',),
        purpose="SPF",
    ),
    Record(
        zone=Zone.SITE,
        label="_dmarc",
        type=RecordType.TXT,
        ttl_s=MAIL_TTL_S,
        values=('"v=DMARC1; p=quarantine; rua=mailto:dmarc@{domain}; adkim=s; aspf=r"',),
        purpose="DMARC",
    ),
    Record(
        zone=Zone.SITE,
        label="_mta-sts",
        type=RecordType.TXT,
        ttl_s=MAIL_TTL_S,
        values=('"v=STSv1; id={mta_sts_id}"',),
        purpose="MTA-STS",
    ),
    Record(
        zone=Zone.SITE,
        label="_smtp._tls",
        type=RecordType.TXT,
        ttl_s=MAIL_TTL_S,
        values=('"v=TLSRPTv1; rua=mailto:tls-reports@{domain}"',),
        purpose="Reports of failed mail encryption",
    ),
    # The applications' zone sends and receives no mail: nobody may claim otherwise.
    Record(
        zone=Zone.APPS, label="", type=RecordType.TXT, ttl_s=MAIL_TTL_S, values=('"v=spf1 -all"',), purpose="No mail"
    ),
    Record(
        zone=Zone.APPS,
        label="_dmarc",
        type=RecordType.TXT,
        ttl_s=MAIL_TTL_S,
        values=('"v=DMARC1; p=reject; adkim=s; aspf=s"',),
        purpose="No mail",
    ),
    Record(
        zone=Zone.APPS, label="", type=RecordType.MX, ttl_s=MAIL_TTL_S, values=("0 .",), purpose="No mail (RFC 7505)"
    ),
)
