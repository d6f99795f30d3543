"""Addresses of the desk and of obligations."""

from __future__ import annotations

from django.urls import path

from luodi.obligations.views import desk, duties, responsibility

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("desk/count", desk.desk_count, name="desk_count"),
    path("responsibility/", responsibility.responsibility, name="responsibility"),
    path("obligations/", duties.obligation_list, name="obligation_list"),
    path("obligations/<int:pk>/", duties.obligation_page, name="obligation"),
    path("obligations/<int:pk>/stop", duties.obligation_stop, name="obligation_stop"),
    path("obligations/<int:pk>/resume", duties.obligation_resume, name="obligation_resume"),
    path("obligations/<int:pk>/excuse", duties.obligation_excuse, name="obligation_excuse"),
    path("obligations/excuses/<int:pk>/", duties.excuse, name="excuse"),
]
