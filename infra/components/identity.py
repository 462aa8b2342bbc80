"""Sign-in: Identity Platform with e-mail and password, Google and GitHub, and a second factor."""

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component
from infra.settings import SettingsError
from infra.settings.traffic import Identity

# One code before and one after the current: 30 s of clock difference either way (RFC 6238, section 5.2).
_ADJACENT_CODES = 1


@dataclass(frozen=True, kw_only=True)
class SignInArgs:
    """What sign-in needs to know.

    domains: host names that may start a sign-in; the settings may add more.
    google_secret_id, github_secret_id: where Secret Manager keeps the OAuth client secrets (projects/…/secrets/…).
    manage: false in a standby: a project has one configuration, and the stack it stands in for owns it.
    """

    prefix: str
    project_id: str
    domains: tuple[str, ...]
    settings: Identity
    google_secret_id: pulumi.Input[str]
    github_secret_id: pulumi.Input[str]
    manage: bool

    def __post_init__(self) -> None:
        if not self.domains:
            raise SettingsError("sign-in.domains is empty: no page could start a sign-in. Name the platform's hosts.")


class SignIn(Component):
    """The project's one Identity Platform configuration and its providers."""

    authorized_domains: pulumi.Output[list[str]]

    def __init__(self, name: str, args: SignInArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        domains = list(dict.fromkeys((*args.domains, *args.settings.extra_domains)))
        self.authorized_domains = pulumi.Output.from_input(domains)
        if args.manage:
            config = self._configure(domains)
            self._sign_in_with("google", "google.com", args.settings.google_client_id, args.google_secret_id, config)
            self._sign_in_with("github", "github.com", args.settings.github_client_id, args.github_secret_id, config)
        self.finish()

    def _configure(self, domains: list[str]) -> gcp.identityplatform.Config:
        idp = gcp.identityplatform
        return idp.Config(
            self.child("config"),
            project=self._args.project_id,
            authorized_domains=domains,
            sign_in=idp.ConfigSignInArgs(
                # Two accounts with one address would be two people to us.
                allow_duplicate_emails=False,
                email=idp.ConfigSignInEmailArgs(enabled=True, password_required=True),
                anonymous=idp.ConfigSignInAnonymousArgs(enabled=False),
                phone_number=idp.ConfigSignInPhoneNumberArgs(enabled=False),
            ),
            mfa=idp.ConfigMfaArgs(
                state=self._args.settings.mfa,
                provider_configs=[
                    idp.ConfigMfaProviderConfigArgs(
                        state="ENABLED",
                        totp_provider_config=idp.ConfigMfaProviderConfigTotpProviderConfigArgs(
                            adjacent_intervals=_ADJACENT_CODES
                        ),
                    )
                ],
            ),
            # No message is ever sent: phone sign-in is off and the second factor is a code. Should someone turn either
            # on by hand, this still keeps toll fraud in expensive countries out. An empty list would not be sent.
            sms_region_config=idp.ConfigSmsRegionConfigArgs(
                allowlist_only=idp.ConfigSmsRegionConfigAllowlistOnlyArgs(allowed_regions=["US"])
            ),
            multi_tenant=idp.ConfigMultiTenantArgs(allow_tenants=False),
            monitoring=idp.ConfigMonitoringArgs(request_logging=idp.ConfigMonitoringRequestLoggingArgs(enabled=True)),
            # Once it is on, Identity Platform cannot be turned off: only forgotten.
            opts=self.under(pulumi.ResourceOptions(retain_on_delete=True)),
        )

    def _sign_in_with(
        self,
        provider: str,
        idp_id: str,
        client_id: str | None,
        secret_id: pulumi.Input[str],
        config: gcp.identityplatform.Config,
    ) -> None:
        if client_id is None:
            return
        # Read from the secret's id, which is unknown until the secret exists: the first preview asks for nothing.
        secret = gcp.secretmanager.get_secret_version_access_output(
            secret=secret_id, project=self._args.project_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        gcp.identityplatform.DefaultSupportedIdpConfig(
            self.child(provider),
            idp_id=idp_id,
            project=self._args.project_id,
            enabled=True,
            client_id=client_id,
            client_secret=pulumi.Output.secret(secret.secret_data),
            opts=self.under(pulumi.ResourceOptions(depends_on=[config], additional_secret_outputs=["clientSecret"])),
        )
