"""Addresses of the roof; `public_patterns` stand in both languages."""

from django.urls import path

from portal.home import views

public_patterns = [path("", views.home, name="home")]

urlpatterns = [
    path("hom-nay/", views.today, name="today"),
    path("healthz", views.healthz, name="healthz"),
]
