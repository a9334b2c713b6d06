"""Registers of heritage: the file of each site; words, pictures and plaques have pages of their own."""

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from heritage.filters import SiteAreaFilter
from heritage.models import (
    Correction,
    Edition,
    Kind,
    Language,
    Picture,
    Plaque,
    PlaqueCheck,
    Rank,
    RankDecision,
    Site,
    SiteText,
    Source,
)
from portal.filters import choice_filter, dates_filter
from portal.forms import Form
from portal.organization.filters import UnitFilter
from portal.organization.models import Area
from portal.registers import RegisterAdmin, RegisterInline, bulk, column


def _where(site: str):
    """The filters of everything that belongs to a site."""
    return [SiteAreaFilter.at(site), UnitFilter.at(site)]


def _words(model, words: str, name: str, lookup: str):
    return choice_filter(words, name, lambda request: [(row.pk, row) for row in model.objects.all()], lookup)


def _link(words: str, view: str, row, **kwargs):
    return format_html('<a href="{}">{}</a>', reverse(view, args=[row.pk], **kwargs), words)


def _standing(rows, value: str):
    """Sites whose text in a language is in a state: `vi-approved`."""
    language, _, state = value.partition("-")
    texts = SiteText.objects.filter(language=language)
    if state == SiteText.State.MISSING:
        return rows.exclude(pk__in=texts.values("site"))
    return rows.filter(pk__in=texts.filter(state=state).values("site"))


def _standing_of(text: SiteText) -> str:
    return f"{text.language} {text.get_state_display().lower()}"


MANY = forms.SelectMultiple(attrs={"size": 12})  # the picker of several rows has no label
STANDINGS = [
    (f"{language}-{state}", f"{name}: {words.lower()}")
    for language, name in Language.choices
    for state, words in SiteText.State.choices
]


@admin.register(Kind, Rank)
class WordAdmin(RegisterAdmin):
    """Words of the law; pages say them anew from the next edition on."""

    sees_all = True
    list_display = ["name", "name_en", "code", "sort"]
    fields = ["code", "name", "name_en", "sort"]

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []


class DecisionsOfSite(RegisterInline):
    model = RankDecision
    may_delete = True
    fields = ["rank", "number", "decided", "issuer", "issuer_en", "subject", "subject_en", "source"]

    def in_reach(self, rows, user):
        return rows.filter(site__in=Site.objects.visible_to(user))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "source":
            site = request.resolver_match.kwargs.get("object_id")
            kwargs["queryset"] = Source.objects.filter(site=site) if site else Source.objects.none()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SourcesOfSite(RegisterInline):
    model = Source
    may_delete = True
    fields = ["sort", "title", "address"]

    def in_reach(self, rows, user):
        return rows.filter(site__in=Site.objects.visible_to(user))


@admin.register(Site)
class SiteAdmin(RegisterAdmin):
    """What is not in any language: kinds, decisions, ground, coordinates, sources."""

    list_display = [
        "name", "unit", column("xã, phường", lambda site: ", ".join(str(area) for area in site.areas.all())),
        column("loại hình", lambda site: ", ".join(str(kind) for kind in site.kinds.all())),
        column("hạng", lambda site: site.decision and site.decision.rank),
        column("các bản", lambda site: ", ".join(_standing_of(text) for text in site.texts.all())),
        column("tọa độ", lambda site: "đã đo" if site.latitude is not None else ""),
        column("bàn biên tập", lambda site: _link("Mở", "desk_site", site)),
    ]  # fmt: skip
    list_select_related = ["unit"]
    list_filter = [
        *_where(""),
        _words(Kind, "loại hình", "loai", "kinds"),
        _words(Rank, "hạng, kể cả hạng cũ", "hang", "rank_decisions__rank"),
        choice_filter("bản ngôn ngữ", "ban", STANDINGS, _standing),
    ]
    fields = [
        "name", "slug", "unit", "kinds", "areas", "former_areas", "former_names", "place", "parent",
        "latitude", "longitude", "drawn_plan", "notes",
    ]  # fmt: skip
    autocomplete_fields = ["unit", "place", "parent"]
    inlines = [DecisionsOfSite, SourcesOfSite]

    def get_readonly_fields(self, request, obj=None):
        """The slug is frozen inside editions, and in addresses that people have kept."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "slug"] if obj and obj.editions.exists() else fields

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["name"]}

    def for_list(self, rows):
        return rows.prefetch_related("areas", "kinds", "rank_decisions__rank", "texts").distinct()

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "kinds":
            kwargs["widget"] = forms.CheckboxSelectMultiple
        elif db_field.name == "areas":
            kwargs |= {"queryset": Area.objects.communes().today(), "widget": MANY}
        elif db_field.name == "former_areas":
            past = Area.objects.exclude(ends_on=None).exclude(parent=None)
            kwargs |= {"queryset": past.select_related("parent"), "widget": MANY}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request, form, formsets, change):
        """What every language shows has changed: their texts wait for a new approval."""
        super().save_related(request, form, formsets, change)
        if change and (form.has_changed() or any(formset.has_changed() for formset in formsets)):
            form.instance.touch_texts()


@admin.register(Edition)
class EditionAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        "name", "language", "number", "state", "sent_at", "sent_by", "reader", "reviewed_at", "published_at",
        column("đọc", lambda edition: _link("Mở", "edition_detail", edition)),
    ]  # fmt: skip
    list_select_related = ["sent_by"]
    list_filter = [
        *_where("site__"),
        choice_filter("tình trạng", "tinh_trang", Edition.State.choices, "state"),
        choice_filter("ngôn ngữ", "ngon_ngu", Language.choices, "language"),
        dates_filter("gửi", "gui", "sent_at"),
    ]
    fields = [
        "site", "language", "number", "state", "name", "sent_at", "sent_by", "remarks", "reviewed_at",
        "reviewed_by", "reader", "published_at", "published_by", "withdrawn_at",
    ]  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content", "search_text")


@admin.register(Picture)
class PictureAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        "site", "use", "credit", "licence", "is_drawn", "width", "height", "state", "made_at",
        column("mở", lambda picture: _link("Mở", "picture_detail", picture)),
    ]  # fmt: skip
    list_select_related = ["site"]
    list_filter = [
        *_where("site__"),
        choice_filter("dùng làm", "dung", Picture.Use.choices, "use"),
        choice_filter("loại", "ve", [("True", "hình minh họa"), ("False", "ảnh chụp")], "is_drawn"),
        choice_filter("tình trạng", "tinh_trang", Picture.State.choices, "state"),
        dates_filter("gửi", "gui", "made_at"),
    ]
    fields = [
        "site", "use", "component", "language", "credit", "licence", "is_drawn", "taken", "width", "height",
        "state", "problem", "made_at", "made_by",
    ]  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).defer("original")


@admin.register(Plaque)
class PlaqueAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        column("mã", "code_id"), "site", "size", "material", "version", "printed_at", "mounted_on",
        "mounted_at", column("lần soi cuối", "looked_at", "looked_at"),
        column("thấy", lambda plaque: plaque.looked_like and PlaqueCheck.Result(plaque.looked_like).label),
        "removed_at", column("mở", lambda plaque: _link("Mở", "plaque_detail", plaque)),
    ]  # fmt: skip
    list_select_related = ["site"]
    list_filter = [
        *_where("site__"),
        choice_filter("khổ", "kho", Plaque.Size.choices, "size"),
        choice_filter(
            "tới đâu",
            "toi_dau",
            [("in", "đã in, chưa gắn"), ("gan", "đang gắn"), ("han", "quá hạn soi"), ("hong", "mờ hoặc mất")],
            lambda rows, value: {
                "in": rows.not_mounted, "gan": rows.mounted, "han": rows.due, "hong": rows.broken
            }[value](),
        ),
        dates_filter("gắn", "gan", "mounted_on"),
    ]  # fmt: skip
    fields = [
        column("mã", "code_id"), "site", "component", "languages", "size", "material", "version",
        "printed_at", "printed_by", "mounted_on", "mounted_by", "mounted_at", "latitude", "longitude",
        "removed_at", "removed_why",
    ]  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).with_last_look()


class AnswerForm(Form):
    answer = forms.CharField(label="Trả lời", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


@admin.register(Correction)
class CorrectionAdmin(RegisterAdmin):
    may_add = may_change = False
    list_display = [
        "at", "site", "language", "about", "text", "state", "answered_at", "answered_by",
        column("trả lời", lambda correction: _link("Mở", "correction_answer", correction)),
    ]  # fmt: skip
    list_select_related = ["site", "answered_by"]
    list_filter = [
        *_where("site__"),
        choice_filter("tình trạng", "tinh_trang", Correction.State.choices, "state"),
        choice_filter("về", "ve", Correction.About.choices, "about"),
        dates_filter("gửi", "gui", "at"),
    ]
    fields = [
        "site", "language", "about", "text", "at", "state", "answer", "answered_at", "answered_by",
    ]  # fmt: skip
    actions = ["close_junk", "decline"]

    @bulk(
        "Không phải góp ý",
        says="Các dòng này thôi chờ trả lời; nội dung giữ nguyên.",
        only=lambda rows: rows.unanswered(),
    )
    def close_junk(self, correction, *, by):
        correction.close(by=by, state=Correction.State.JUNK)

    @bulk(
        "Trả lời chung, không sửa trang",
        says="Mỗi góp ý nhận đúng lời trả lời này, ghi tên bạn và thời điểm.",
        form_class=AnswerForm,
        only=lambda rows: rows.unanswered(),
    )
    def decline(self, correction, *, by, answer):
        correction.close(by=by, state=Correction.State.DECLINED, answer=answer)
