"""`python -m apps.license_api COMMAND`: Django's management commands of this project."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.license_api.settings.backend")
    execute_from_command_line(["apps.license_api", *sys.argv[1:]])
