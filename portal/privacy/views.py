"""The page that shows a sealed value: asked for by POST with a reason, written down, kept nowhere."""

from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from portal.errors import too_many_requests
from portal.forms import page
from portal.limits import allow
from portal.privacy import openings, reveal
from portal.privacy.forms import ReasonForm

PER_HOUR = 30  # values one user may see


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("clear")
def value_reveal(request, label, key, field):
    """GET asks for the reason; POST shows the value, on this one answer."""
    hidden = reveal.find(request.user, label, key, field)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    clear = None
    if form.is_valid():
        if not allow("reveal", str(request.user.pk), limit=PER_HOUR, seconds=3600):
            return too_many_requests(request, wait=3600)
        reason = form.cleaned_data["reason"]
        openings.note(request, hidden.row)
        clear = hidden.show(to=request.user, reason=reason, request_id=request.id)
    return page(request, "privacy/value_reveal.html", {"hidden": hidden, "clear": clear}, form=form)


value_reveal.is_lockable = True  # `gates.lockable`, which stands a floor above
