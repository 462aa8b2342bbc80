"""What granian serves: `granian --interface wsgi apps.license_api.wsgi:application`."""

from typing import TYPE_CHECKING

from django.conf import settings

from apps.configuration.serving import wsgi_application

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

application: "WSGIApplication" = wsgi_application(collectors="apps.license_api.usage_metrics.collectors")

# The dashboard is served from here too, and hands out no seats.
if settings.SIGNING_KEY:
    from apps.license_api.hot_path import HotPath

    application = HotPath(application)
