"""Login and what belongs to it."""


def locked_out(request, credentials, *args, **kwargs):
    raise NotImplementedError
