"""Addresses of the rules."""

from django.urls import path

from luodi.rulebook import views

urlpatterns = [
    path("rules/", views.rule_list, name="rule_list"),
    path("rules/versions/<int:pk>/", views.rule_version, name="rule_version"),
    path("rules/<slug:code>/", views.rule_table, name="rule_table"),
    path("rules/<slug:code>/propose", views.rule_propose, name="rule_propose"),
]
