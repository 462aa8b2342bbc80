"""The demonstration's people: only on a platform of one machine, and only once."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from apps.domain.accounts.models import User
from apps.domain.accounts.services import sign_in

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("a-password-of-this-machine\n")
    return file


@pytest.mark.parametrize("site", ["https://coditect.com", "https://localhost.coditect.com", ""])
def test_it_refuses_wherever_the_site_is_not_this_machine(password_file: Path, site: str) -> None:
    before = User.objects.count()
    with override_settings(SITE_URL=site), pytest.raises(CommandError, match="sign in"):
        call_command("demonstration", password_file=password_file)
    assert User.objects.count() == before


@override_settings(SITE_URL="https://coditect.com.localhost:8443")
def test_its_people_sign_in_and_a_second_run_changes_nothing(password_file: Path) -> None:
    call_command("demonstration", password_file=password_file, stdout=StringIO())
    people = User.objects.count()
    password_file.write_text("another-password-altogether\n")
    call_command("demonstration", password_file=password_file, stdout=StringIO())
    assert User.objects.count() == people
    assert sign_in(email="alice@acme.example", password="a-password-of-this-machine").user.display_name == "Alice"
