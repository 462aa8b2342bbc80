"""Users, who sign in by email, and the tokens that were taken back before their time."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Creates users by email. Emails differ by more than upper and lower case."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        if not email:
            raise ValueError("A user needs an email address: it is what one signs in with.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class OauthProvider(models.TextChoices):
    """Where an account was made."""

    GOOGLE = "google", "Google"
    GITHUB = "github", "GitHub"
    EMAIL = "email", "Email/Password"


class User(AbstractUser):
    """A person. `is_superuser` is the role Admin, `is_staff` the role Staff; tenants' roles stand in memberships."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = None  # type: ignore[assignment]  # Django's way to drop an inherited field; email takes its place
    email = models.EmailField(max_length=254, unique=True)
    oauth_provider = models.CharField(max_length=20, choices=OauthProvider.choices, default=OauthProvider.EMAIL)
    # NULL rather than "" where there is none: the constraint below must let many of them be.
    oauth_id = models.CharField(max_length=255, blank=True, null=True)  # noqa: DJ001 - see the line above
    avatar_url = models.URLField(blank=True)
    organization = models.CharField(max_length=255, blank=True)
    is_email_verified = models.BooleanField(default=False)
    stripe_customer_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # keyed by email, not by username

    class Meta:
        db_table = "users"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["oauth_provider", "oauth_id"], name="users_one_account_per_identity"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="users_email_is_lower_case"),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.email


class RevokedToken(models.Model):
    """A token taken back before it expired. The truth of revocations; Redis holds a copy that may be lost."""

    jti = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "revoked_tokens"

    def __str__(self) -> str:
        return str(self.jti)
