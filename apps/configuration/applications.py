"""Django applications that every process of ours installs."""

SHARED_APPS = (
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "apps.domain.accounts",
    "apps.domain.tenancy",
    "apps.domain.audit",
    "apps.domain.licensing",
    "apps.domain.billing",
    "apps.domain.operations",
)
