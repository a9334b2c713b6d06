"""What every answer tells the browser beside the content policy, which django-csp writes."""

from django.conf import settings

ALWAYS = {
    "Permissions-Policy": (
        "camera=(self), accelerometer=(), autoplay=(), browsing-topics=(), display-capture=(), "
        "geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), "
        "serial=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
}


class HeadersMiddleware:
    """Adds `ALWAYS` where a view has not spoken, and keeps pages of logged-in people out of every cache.

    A response with `varies_on` is the same for everybody but for the request headers named in it: it stands
    as its Vary in place of what the middleware below adds, which asks for every visitor's session.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        if hasattr(response, "varies_on"):
            response.headers["Vary"] = response.varies_on
            if not response.varies_on:
                del response.headers["Vary"]
        user = getattr(request, "_cached_user", None)  # None where nobody was asked for, as for a static file
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response
