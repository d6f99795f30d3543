from __future__ import annotations

from django.http import QueryDict

from luodi.web import queries
from luodi.web.parts import FilterMenu


def test_with_values_changes_one_key_and_keeps_the_rest() -> None:
    query = QueryDict("stage=building&stage=signed&page=3")
    assert queries.with_values(query, sort="-total", page=None) == "?stage=building&stage=signed&sort=-total"


def test_without_takes_out_one_value_or_the_whole_key() -> None:
    query = QueryDict("stage=building&stage=signed&unit=hw&page=3")
    assert queries.without(query, "stage", "signed") == "?stage=building&unit=hw"
    assert queries.without(query, "stage") == "?unit=hw"


def test_kept_leaves_out_the_forms_own_keys_and_the_page() -> None:
    menus = [FilterMenu("unit", "单位"), FilterMenu("due", "承诺日", "dates")]
    query = QueryDict("unit=hw&due_from=2026-01-01&sort=name&page=3")
    assert queries.kept(query, without=queries.keys_of(menus)) == [("sort", "name")]
