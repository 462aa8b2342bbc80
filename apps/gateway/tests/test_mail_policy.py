"""The policy that mail servers fetch before they deliver to the site."""

import pytest
from django.http import Http404
from django.test import RequestFactory, override_settings

from apps.gateway.views.mail_policy import mta_sts


@override_settings(MTA_STS_MX="smtp.google.com")
def test_the_policy_names_the_mail_host_and_demands_encryption(rf: RequestFactory) -> None:
    answer = mta_sts(rf.get("/.well-known/mta-sts.txt"))
    assert answer.content.split(b"\r\n") == [
        b"version: STSv1",
        b"mode: enforce",
        b"mx: smtp.google.com",
        b"max_age: 604800",
        b"",
    ]
    assert answer["Content-Type"].startswith("text/plain")


@override_settings(MTA_STS_MX=None)
def test_without_a_mail_host_there_is_no_policy(rf: RequestFactory) -> None:
    with pytest.raises(Http404):
        mta_sts(rf.get("/.well-known/mta-sts.txt"))


@override_settings(MTA_STS_MX="smtp.google.com")
def test_a_policy_cannot_be_written_to(rf: RequestFactory) -> None:
    assert mta_sts(rf.post("/.well-known/mta-sts.txt")).status_code == 405
