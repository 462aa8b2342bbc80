"""Sign-in with Identity Platform."""

from collections.abc import Callable

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import SECRET, items
from infra.components.identity import SignInArgs
from infra.settings import SettingsError
from infra.settings.traffic import Identity

CONFIG = "gcp:identityplatform/config:Config"
PROVIDER = "gcp:identityplatform/defaultSupportedIdpConfig:DefaultSupportedIdpConfig"
Captured = Callable[[str], Graph]


def test_a_password_is_required_and_nobody_is_anonymous(captured: Captured) -> None:
    config = captured("prod").find(CONFIG, "sign-in-config")
    assert config.input("signIn", "email") == {"enabled": True, "passwordRequired": True}
    assert config.input("signIn", "anonymous", "enabled") is False
    assert config.input("signIn", "allowDuplicateEmails") is False


def test_the_second_factor_is_a_code_and_never_a_text_message(captured: Captured) -> None:
    config = captured("prod").find(CONFIG, "sign-in-config")
    assert config.input("mfa", "state") == "ENABLED"
    assert config.input("mfa", "enabledProviders") is None
    assert config.input("mfa", "providerConfigs") == [
        {"state": "ENABLED", "totpProviderConfig": {"adjacentIntervals": 1}}
    ]
    assert config.input("signIn", "phoneNumber", "enabled") is False
    assert config.input("smsRegionConfig", "allowByDefault") is None


def test_only_our_own_hosts_may_start_a_sign_in(captured: Captured) -> None:
    domains = items(captured("prod").find(CONFIG, "sign-in-config").inputs, "authorizedDomains")
    assert domains
    assert all(str(domain).endswith(("coditect.com", "coditect.ai")) for domain in domains)
    assert "mta-sts.coditect.com" not in domains, "only mail servers come there"
    assert "localhost" in items(captured("dev").find(CONFIG, "sign-in-config").inputs, "authorizedDomains")


def test_google_and_github_are_on_where_they_have_a_client_id(captured: Captured) -> None:
    assert {n.input("idpId") for n in captured("prod").of_type(PROVIDER)} == {"google.com", "github.com"}
    assert not captured("dev").of_type(PROVIDER)


def test_the_client_secret_comes_from_secret_manager_and_stays_secret(captured: Captured) -> None:
    for node in captured("prod").of_type(PROVIDER):
        assert node.input("clientSecret") == SECRET
        assert "clientSecret" in node.computed_paths, "a first preview would ask Google for it"


def test_the_standby_leaves_the_projects_one_configuration_to_production(captured: Captured) -> None:
    graph = captured("dr")
    assert not graph.of_type(CONFIG, PROVIDER)


def test_sign_in_that_no_page_could_start_is_refused() -> None:
    with pytest.raises(SettingsError, match="no page could start a sign-in"):
        SignInArgs(
            prefix="coditect-test",
            project_id="coditect-test",
            domains=(),
            settings=Identity(),
            google_secret_id="a",
            github_secret_id="b",
            manage=True,
        )
