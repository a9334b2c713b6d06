"""Tags every template has without loading them: icons, state tags, pages of a list."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from portal import camera
from portal.icons import PATHS
from portal.text import format_number

register = template.Library()

ICON = '<svg class="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="%s"/></svg>'
SHAPES = {"ok": "ok", "warn": "half", "err": "late", "info": "dot", "": "dot"}


@register.simple_tag
def icon(name):
    """Give the drawing of this name as SVG that screen readers pass over.

    Raises KeyError for a name that is not in `portal.icons`, so that a typing error shows in the first test.
    """
    return mark_safe(ICON % PATHS[name])  # nothing in it comes from outside


@register.simple_tag
def tag(kind, words):
    """Give a state as word and shape, never colour alone: kind is ok, warn, err, info or empty."""
    look = f"tag tag-{kind}" if kind else "tag"
    return format_html('<span class="{}">{}{}</span>', look, icon(SHAPES[kind]), words)


@register.filter
def grouped(number):
    """Give a number with dots between thousands, and a dash for none: a blank is not 0."""
    return "–" if number is None else format_number(number)


@register.filter
def percent(share, decimals=1):
    """Give a share as "97,6%", without ",0" at its end, and a dash for none."""
    if share is None:
        return "–"
    return f"{format_number(round(share, decimals)).removesuffix(',0')}%"


@register.simple_tag
def camera_attributes():
    """Give what `components/camera.html` tells its script, see `portal.camera.attributes`."""
    return camera.attributes()


@register.simple_tag
def slip_of(code):
    """Give what a form says about the slip that it is sealed as, where the network is lost on its page.

    Raises KeyError for a code of no slip.
    """
    from portal.field.captures import all_captures  # it stands above this ground

    capture = all_captures()[code]
    words = 'data-slip="{}" data-version="{}" data-title="{}" data-place=""'
    return format_html(words, capture.code, capture.version, capture.title)


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context, page, noun):
    """Show where in a list a django.core.paginator.Page stands: "1–20 trên 48 sạp", and the other pages."""
    return {
        "request": context["request"],
        "page": page,
        "noun": noun,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
    }
