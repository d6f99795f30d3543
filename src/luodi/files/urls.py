"""Addresses of files."""

from django.urls import path

from luodi.files import views

urlpatterns = [path("evidence/<int:pk>/file", views.download, name="evidence_file")]
