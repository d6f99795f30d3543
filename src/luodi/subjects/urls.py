"""Addresses of the desk and of remarks."""

from django.urls import path

from luodi.subjects import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("subjects/<int:pk>/note", views.note, name="note_add"),
]
