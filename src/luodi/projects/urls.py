"""Addresses of projects."""

from __future__ import annotations

from django.urls import path

from luodi.projects.views import decisions, effects, import_undo, imports, library, lists, page
from luodi.projects.views.acts import commitments, ends, gates, obstacles, people, projects

urlpatterns = [
    path("projects/", library.project_list, name="project_list"),
    path("projects/export.xlsx", library.project_export, name="project_export"),
    path("projects/new", projects.project_new, name="project_new"),
    path("projects/obstacles/", lists.obstacle_list, name="obstacle_list"),
    path("projects/asks/", lists.ask_list, name="ask_list"),
    path("projects/asks/by-rule/", effects.ask_effect, name="ask_effect"),
    path("projects/lamps/by-rule/", effects.lamp_effect, name="lamp_effect"),
    path("projects/openings/", lists.opening_list, name="opening_list"),
    path("projects/import/", imports.import_list, name="import_list"),
    path("projects/import/new", imports.import_new, name="import_new"),
    path("projects/import/<int:pk>/", imports.import_page, name="import"),
    path("projects/import/<int:pk>/columns", imports.import_columns, name="import_columns"),
    path("projects/import/<int:pk>/rows", imports.import_rows, name="import_rows"),
    path("projects/import/<int:pk>/accept", imports.import_accept, name="import_accept"),
    path("projects/import/<int:pk>/drop", imports.import_drop, name="import_drop"),
    path("projects/import/<int:pk>/progress", imports.import_progress, name="import_progress"),
    path("projects/import/<int:pk>/undo", import_undo.import_undo, name="import_undo"),
    path("projects/import/<int:pk>/undo/progress", import_undo.import_undo_progress, name="import_undo_progress"),
    path("projects/import/<int:pk>/left.xlsx", imports.import_left, name="import_left"),
    path("projects/<uuid:uuid>/", page.project_page, name="project"),
    path("projects/<uuid:uuid>/edit", projects.project_edit, name="project_edit"),
    path("projects/<uuid:uuid>/grade", projects.project_grade, name="project_grade"),
    path("projects/<uuid:uuid>/promising", projects.project_promising, name="project_promising"),
    path("projects/<uuid:uuid>/figures", projects.figure_set, name="figure_set"),
    path("projects/<uuid:uuid>/evidence", gates.evidence_add, name="evidence_add"),
    path("projects/<uuid:uuid>/gate", gates.gate_ask, name="gate_ask"),
    path("projects/<uuid:uuid>/money", gates.money_ask, name="money_ask"),
    path("projects/<uuid:uuid>/hand-over/unit", people.hand_over_unit, name="hand_over_unit"),
    path("projects/<uuid:uuid>/hand-over/<slug:role>", people.hand_over, name="hand_over"),
    path("projects/<uuid:uuid>/commitment", commitments.commitment_ask, name="commitment_ask"),
    path("projects/<uuid:uuid>/suspend", commitments.suspension_ask, name="suspension_ask"),
    path("projects/<uuid:uuid>/resume", commitments.suspension_resume, name="suspension_resume"),
    path("projects/<uuid:uuid>/obstacle", obstacles.obstacle_add, name="obstacle_add"),
    path("projects/<uuid:uuid>/lesson", ends.lesson_propose, name="lesson_propose"),
    path("projects/<uuid:uuid>/lesson/<int:pk>", ends.lesson_answer, name="lesson_answer"),
    path("projects/<uuid:uuid>/done", ends.ending_done, name="ending_done"),
    path("projects/<uuid:uuid>/give-up", ends.ending_give_up, name="ending_give_up"),
    path("projects/<uuid:uuid>/void", ends.void_ask, name="void_ask"),
    path("projects/evidence/<int:pk>/withdraw", gates.evidence_withdraw, name="evidence_withdraw"),
    path("projects/facts/<int:pk>/revoke", gates.fact_revoke, name="fact_revoke"),
    path("projects/asks/<int:pk>/", decisions.ask, name="ask"),
    path("projects/rechecks/<int:pk>/", decisions.recheck, name="recheck"),
    path("projects/commitments/<int:pk>/", decisions.commitment_decide, name="commitment_decide"),
    path("projects/suspensions/<int:pk>/", decisions.suspension_decide, name="suspension_decide"),
    path("projects/obstacles/<int:pk>/", decisions.obstacle, name="obstacle"),
    path("projects/lessons/<int:pk>/", decisions.lesson, name="lesson"),
    path("projects/endings/<int:pk>/", decisions.ending, name="ending"),
    path("projects/voids/<int:pk>/", decisions.void_decide, name="void_decide"),
]
