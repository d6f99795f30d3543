"""Addresses of the API, version 1."""

from __future__ import annotations

from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from luodi.api import views
from luodi.api.root import api

urlpatterns = [
    path("docs", views.api_docs, name="api_docs"),
    path("openapi.json", views.api_schema, name="api_schema"),
    path("", api.urls),
    re_path(r"", csrf_exempt(views.api_missing), name="api_missing"),
]
