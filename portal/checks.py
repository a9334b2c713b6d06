"""What Django's own checks cannot know about a deployment: `manage.py check --deploy`."""

from django.conf import settings
from django.core.checks import Tags, Warning, register


@register(Tags.security, deploy=True)
def proxies_are_counted(app_configs, **kwargs) -> list[Warning]:
    """W001 where TLS must end in front of the portal, and nobody said how many proxies stand there."""
    if not settings.SECURE or settings.PROXY_COUNT:
        return []
    return [
        Warning(
            "PUBLIC_URL is https, but PROXY_COUNT is 0.",
            hint=(
                "gunicorn speaks plain HTTP to a proxy that ends TLS: set PROXY_COUNT=1, or how many proxies"
                " add X-Forwarded-For and X-Forwarded-Proto. Without it every page is redirected to itself"
                " for ever, and all visitors share one address in the limits."
            ),
            id="portal.W001",
        )
    ]
