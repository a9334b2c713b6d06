"""Address of the one page of this room that is not in the admin."""

from django.urls import path

from portal.privacy import views

urlpatterns = [path("kin/<str:label>/<str:key>/<str:field>/", views.value_reveal, name="reveal")]
