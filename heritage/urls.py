"""Addresses of the heritage room; `public_patterns` stand in both languages."""

public_patterns = []

urlpatterns = []
