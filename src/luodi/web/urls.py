"""Mounted only in DEBUG, under /dev/."""

from __future__ import annotations

from django.urls import path

from luodi.web import gallery

app_name = "web"
urlpatterns = [path("components/", gallery.components, name="gallery")]
