"""The two endpoints that are measured."""

from django.urls import path

from bench.license.specification.views import AcquireView, HeartbeatView

urlpatterns = [
    path("api/v1/licenses/acquire", AcquireView.as_view()),
    path("api/v1/licenses/heartbeat", HeartbeatView.as_view()),
]
