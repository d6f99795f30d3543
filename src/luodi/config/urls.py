"""All addresses."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("luodi.api.urls")),
    path("", include("luodi.orgs.urls")),
    path("", include("luodi.rulebook.urls")),
    path("", include("luodi.subjects.urls")),
    path("", include("luodi.search.urls")),
    path("", include("luodi.files.urls")),
    path("", include("luodi.obligations.urls")),
    path("", include("luodi.projects.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("dev/", include("luodi.web.urls")))

handler400 = "luodi.web.errors.bad_request"
handler403 = "luodi.web.errors.forbidden"
handler404 = "luodi.web.errors.not_found"
handler500 = "luodi.web.errors.server_error"
