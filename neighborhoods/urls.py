"""Addresses of the electronic groups; `public_patterns` stand in both languages."""

from django.urls import path  # noqa: F401

public_patterns = []

urlpatterns = []
