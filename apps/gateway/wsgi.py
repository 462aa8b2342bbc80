"""What granian serves: `granian --interface wsgi apps.gateway.wsgi:application`."""

from apps.configuration.serving import wsgi_application

application = wsgi_application(collectors="apps.gateway.usage_metrics.collectors")
