"""What stands between a request and a page for who is logged in."""


class _Pass:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)


class AccountMiddleware(_Pass):
    pass


class HtmxLoginMiddleware(_Pass):
    pass


class HistoryMiddleware(_Pass):
    pass
