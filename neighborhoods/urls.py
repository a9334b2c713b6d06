"""Addresses of the electronic groups; `public_patterns` stand in both languages."""

from django.urls import path

from neighborhoods.views import practice

public_patterns = []

urlpatterns = [
    # practice
    path("tap-lam/", practice.practice, name="practice"),
    path("tap-lam/thoi/", practice.practice_stop, name="practice_stop"),
    path("tap-lam/the-mau/", practice.practice_cards, name="practice_cards"),
]
