"""The nightly round of the machine: every printed code is opened in every language, as a phone would."""

import http.client
import urllib.error
import urllib.request

from django.utils import timezone

from heritage.models import Language, Plaque, PlaqueProbe
from heritage.plaques import address
from heritage.scans import probe_headers

PATIENCE = 10  # seconds


def probe_all() -> int:
    """Opens the addresses of all plaques in use and writes down what they answered; how many failed."""
    plaques = Plaque.objects.in_use().exclude(version=0)
    return sum(not probe(plaque, language) for plaque in plaques for language in plaque.languages)


def probe(plaque: Plaque, language: str) -> bool:
    """Whether the page of one language stands behind the printed code; a line in PlaqueProbe says so."""
    problem = _problem(address(plaque.code_id), language)
    PlaqueProbe.objects.update_or_create(
        plaque=plaque,
        language=language,
        defaults={"at": timezone.now(), "is_ok": not problem, "problem": problem},
    )
    return not problem


def _problem(printed: str, language: str) -> str:
    """What was wrong with the answer, in words; empty for a page in the language asked for."""
    headers = {**probe_headers(), "Accept-Language": language}
    request = urllib.request.Request(printed, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            start = answer.read(2000).decode(errors="replace")
    except urllib.error.HTTPError as error:
        return f"Trang trả lời {error.code}"
    except (OSError, http.client.HTTPException) as error:
        return f"Không mở được ({type(error).__name__})"
    return "" if f'<html lang="{language}"' in start else f"Trang không bằng {Language(language).label}"
