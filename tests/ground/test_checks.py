"""What `manage.py check --deploy` says of this portal beyond Django's own checks."""

import pytest
from django.core.checks import run_checks


@pytest.mark.parametrize(
    ("is_secure", "proxies", "warns"),
    [(True, 0, True), (True, 1, False), (False, 0, False)],
    ids=["https without a proxy", "https behind a proxy", "plain http"],
)
def test_https_without_a_proxy_is_warned_about_at_deployment(settings, is_secure, proxies, warns):
    settings.SECURE, settings.PROXY_COUNT = is_secure, proxies
    found = [fault for fault in run_checks(include_deployment_checks=True) if fault.id == "portal.W001"]
    assert bool(found) == warns
    assert all("PROXY_COUNT=1" in fault.hint for fault in found)
    assert "portal.W001" not in {fault.id for fault in run_checks()}
