"""Forms that static/js/send.js sends hear where to go next, instead of being led there."""


class SendMiddleware:
    """Turns the redirect of such a form into 204 with `X-Next`; cookies and messages stay as they are."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.headers.get("X-Send") and response.status_code in {301, 302, 303}:
            response.status_code, response.content = 204, b""
            response["X-Next"] = response["Location"]
            del response["Location"]
        return response
