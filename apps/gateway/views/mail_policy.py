"""The site's MTA-STS policy: mail to it travels encrypted to the right host, or not at all (RFC 8461)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

# Seconds for which a sender keeps the policy: a week, within the weeks that RFC 8461 (3.2) recommends. What changes is
# announced by a new id in the `_mta-sts` record.
_KEPT_S = 604_800


@require_safe
def mta_sts(request: HttpRequest) -> HttpResponse:
    """The policy as text, lines ended by CRLF. 404 where no mail host is configured."""
    if settings.MTA_STS_MX is None:
        raise Http404
    lines = ("version: STSv1", "mode: enforce", f"mx: {settings.MTA_STS_MX}", f"max_age: {_KEPT_S}", "")
    return HttpResponse("\r\n".join(lines), content_type="text/plain; charset=us-ascii")
