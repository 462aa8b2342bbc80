"""The floor of Django on this machine: one view that answers a constant, no middleware, no database."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

_BODY = b'{"status":"ok","expires_in":360}'


def answer(_request: HttpRequest) -> HttpResponse:
    """The body of a heartbeat's reply, decided by nobody."""
    return HttpResponse(_BODY, content_type="application/json", headers={"Content-Length": str(len(_BODY))})


urlpatterns = [path("api/v1/licenses/heartbeat", answer)]

if not settings.configured:
    settings.configure(
        SECRET_KEY="a constant answers, nothing is signed",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[],
        USE_TZ=True,
    )

application = get_wsgi_application()
