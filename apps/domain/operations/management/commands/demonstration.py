"""`demonstration`: two customers and a member of staff, for a platform on one machine."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.domain.accounts.models import User
from apps.domain.licensing.services import provision_license
from apps.domain.tenancy.models import TenantRole, Tier
from apps.domain.tenancy.services import add_member, create_tenant

SEATS = 5


class Command(BaseCommand):
    help = "Create the demonstration's people, who all have one password. Refuses outside of a local stack. Idempotent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--password-file", type=Path, required=True, help="file with everyone's password")

    def handle(self, *args: object, password_file: Path, **options: object) -> None:
        if not settings.SITE_URL.partition("://")[2].partition(":")[0].endswith(".localhost"):
            raise CommandError(
                f"SITE_URL is {settings.SITE_URL!r}: everyone who knows the demonstration's password could sign in "
                "there. Run this on a platform of one machine alone, whose hosts end in .localhost."
            )
        password = password_file.read_text().strip()
        with transaction.atomic():
            if not User.objects.filter(email="alice@acme.example").exists():
                _assemble(password)
        self.stdout.write(
            json.dumps(
                [
                    {"email": "alice@acme.example", "is": f"owner of Acme, which has {SEATS} seats"},
                    {"email": "bob@acme.example", "is": "user at Acme"},
                    {"email": "carol@globex.example", "is": "owner of Globex"},
                    {"email": "sam@coditect.example", "is": "staff"},
                ]
            )
        )


def _assemble(password: str) -> None:
    alice = _person("alice@acme.example", password)
    acme = create_tenant(name="Acme", owner=alice, tier=Tier.PRO)
    provision_license(tenant_id=acme.id, seats_total=SEATS)
    add_member(tenant_id=acme.id, user=_person("bob@acme.example", password), role=TenantRole.USER)
    globex = create_tenant(name="Globex", owner=_person("carol@globex.example", password), tier=Tier.PRO)
    provision_license(tenant_id=globex.id, seats_total=SEATS)
    sam = _person("sam@coditect.example", password)
    sam.is_staff = sam.is_superuser = True
    sam.save(update_fields=["is_staff", "is_superuser"])


def _person(email: str, password: str) -> User:
    return User.objects.create_user(email, password, first_name=email.partition("@")[0].title())
