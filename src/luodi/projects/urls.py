"""Addresses of projects."""

from __future__ import annotations

from django.urls import path

from luodi.projects.views import acts, decisions, imports, library, page

urlpatterns = [
    path("projects/", library.project_list, name="project_list"),
    path("projects/export.xlsx", library.project_export, name="project_export"),
    path("projects/new", acts.project_new, name="project_new"),
    path("projects/obstacles/", library.obstacle_list, name="obstacle_list"),
    path("projects/asks/", library.ask_list, name="ask_list"),
    path("projects/openings/", library.opening_list, name="opening_list"),
    path("projects/import/", imports.import_list, name="import_list"),
    path("projects/import/new", imports.import_new, name="import_new"),
    path("projects/import/<int:pk>/", imports.import_page, name="import"),
    path("projects/import/<int:pk>/columns", imports.import_columns, name="import_columns"),
    path("projects/import/<int:pk>/rows", imports.import_rows, name="import_rows"),
    path("projects/import/<int:pk>/accept", imports.import_accept, name="import_accept"),
    path("projects/import/<int:pk>/drop", imports.import_drop, name="import_drop"),
    path("projects/import/<int:pk>/progress", imports.import_progress, name="import_progress"),
    path("projects/import/<int:pk>/left.xlsx", imports.import_left, name="import_left"),
    path("projects/<uuid:uuid>/", page.project_page, name="project"),
    path("projects/<uuid:uuid>/edit", acts.project_edit, name="project_edit"),
    path("projects/<uuid:uuid>/grade", acts.project_grade, name="project_grade"),
    path("projects/<uuid:uuid>/promising", acts.project_promising, name="project_promising"),
    path("projects/<uuid:uuid>/figures", acts.figure_set, name="figure_set"),
    path("projects/<uuid:uuid>/evidence", acts.evidence_add, name="evidence_add"),
    path("projects/<uuid:uuid>/gate", acts.gate_ask, name="gate_ask"),
    path("projects/<uuid:uuid>/money", acts.money_ask, name="money_ask"),
    path("projects/<uuid:uuid>/hand-over/unit", acts.hand_over_unit, name="hand_over_unit"),
    path("projects/<uuid:uuid>/hand-over/<slug:role>", acts.hand_over, name="hand_over"),
    path("projects/<uuid:uuid>/commitment", acts.commitment_ask, name="commitment_ask"),
    path("projects/<uuid:uuid>/suspend", acts.suspension_ask, name="suspension_ask"),
    path("projects/<uuid:uuid>/resume", acts.suspension_resume, name="suspension_resume"),
    path("projects/<uuid:uuid>/obstacle", acts.obstacle_add, name="obstacle_add"),
    path("projects/<uuid:uuid>/lesson", acts.lesson_propose, name="lesson_propose"),
    path("projects/<uuid:uuid>/lesson/<int:pk>", acts.lesson_answer, name="lesson_answer"),
    path("projects/<uuid:uuid>/done", acts.ending_done, name="ending_done"),
    path("projects/<uuid:uuid>/give-up", acts.ending_give_up, name="ending_give_up"),
    path("projects/<uuid:uuid>/void", acts.void_ask, name="void_ask"),
    path("projects/evidence/<int:pk>/withdraw", acts.evidence_withdraw, name="evidence_withdraw"),
    path("projects/facts/<int:pk>/revoke", acts.fact_revoke, name="fact_revoke"),
    path("projects/asks/<int:pk>/", decisions.ask, name="ask"),
    path("projects/commitments/<int:pk>/", decisions.commitment_decide, name="commitment_decide"),
    path("projects/suspensions/<int:pk>/", decisions.suspension_decide, name="suspension_decide"),
    path("projects/obstacles/<int:pk>/", decisions.obstacle, name="obstacle"),
    path("projects/lessons/<int:pk>/", decisions.lesson, name="lesson"),
    path("projects/endings/<int:pk>/", decisions.ending, name="ending"),
    path("projects/voids/<int:pk>/", decisions.void_decide, name="void_decide"),
]
