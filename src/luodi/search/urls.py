"""Address of search."""

from django.urls import path

from luodi.search import views

urlpatterns = [path("search/", views.search, name="search")]
