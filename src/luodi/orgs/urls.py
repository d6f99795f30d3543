"""Addresses."""

from __future__ import annotations

from django.urls import path

from luodi.orgs.views import accounts, administration, people, sign_in, units

urlpatterns = [
    path("health/", sign_in.health, name="health"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("password/", sign_in.password_change, name="password_change"),
    path("password/done/", sign_in.password_change_done, name="password_change_done"),
    path("units/", units.unit_list, name="unit_list"),
    path("units/<int:pk>/", units.unit_page, name="unit_page"),
    path("units/<int:pk>/head/", units.unit_head, name="unit_head"),
    path("units/<int:pk>/members/add/", units.member_add, name="member_add"),
    path("people/<int:pk>/", people.member_page, name="member_page"),
    path("people/<int:pk>/edit/", people.member_edit, name="member_edit"),
    path("people/<int:pk>/leave/", people.member_leave, name="member_leave"),
    path("admin/accounts/", accounts.account_list, name="account_list"),
    path("admin/accounts/<int:pk>/", accounts.account_page, name="account_page"),
    path("admin/accounts/<int:pk>/create/", accounts.account_create, name="account_create"),
    path("admin/accounts/<int:pk>/password/", accounts.account_reset, name="account_reset"),
    path("admin/accounts/<int:pk>/switch/", accounts.account_switch, name="account_switch"),
    path("admin/accounts/<int:pk>/roles/", accounts.role_grant, name="role_grant"),
    path("admin/accounts/<int:pk>/roles/<int:grant_id>/end/", accounts.role_end, name="role_end"),
    path("admin/audit/", administration.audit_log, name="audit_log"),
    path("admin/audit/verify/", administration.audit_verify, name="audit_verify"),
    path("admin/system/", administration.system_state, name="system_state"),
]
