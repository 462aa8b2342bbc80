"""What granian serves: `granian --interface wsgi apps.license_api.wsgi:application`."""

from apps.configuration.serving import wsgi_application

application = wsgi_application(collectors="apps.license_api.usage_metrics.collectors")
