"""The address of remarks."""

from django.urls import path

from luodi.subjects import views

urlpatterns = [
    path("subjects/<int:pk>/note", views.note, name="note_add"),
]
