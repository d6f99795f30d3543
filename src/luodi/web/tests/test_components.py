from __future__ import annotations

import re
from importlib import reload
from pathlib import Path
from typing import get_args

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory
from django.test.signals import template_rendered
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern
from django.utils import translation
from pytest_django import Settings

from luodi.config import urls
from luodi.web import gallery, parts
from luodi.web.templatetags import ui

TEMPLATES = Path(gallery.__file__).parent / "templates"


def drawn(source: str, **context: object) -> str:
    with translation.override("zh-hans"):
        return Template("{% load ui %}" + source).render(Context(context))


class Sample(forms.Form):
    amount = forms.DecimalField(label="总投资", help_text="按合同写。")
    kind = forms.ChoiceField(label="类别", choices=[("a", "政府"), ("b", "企业")], widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("grey", "未到"),
        ("green", "正常"),
        ("blue", "临期"),
        ("yellow", "预警"),
        ("red", "滞后"),
        ("mended", "已补"),
        ("paused", "暂停"),
    ],
)
def test_a_lamp_is_colour_and_word(state: str, word: str) -> None:
    html = drawn("{% lamp state %}", state=state)
    assert f"lamp-{state}" in html
    assert word in html
    assert state in get_args(parts.LampState)


def test_a_lamp_with_a_number_is_still_read_aloud_as_a_word() -> None:
    assert '−11.4<span class="visually-hidden">（预警）</span>' in drawn('{% lamp "yellow" text="−11.4" %}')


def test_marks_within_a_line_bring_no_space() -> None:
    assert drawn('今天 {% n "5 件" "#" %}，其中') == '今天 <a class="ld-n" href="#">5 件</a>，其中'


def test_a_field_ties_hint_and_error_to_its_control() -> None:
    form = Sample({"amount": "x"})
    html = drawn('{% field form.amount unit="万元" %}', form=form)
    assert 'aria-describedby="id_amount_hint id_amount_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_amount_hint"' in html
    assert 'id="id_amount_error"' in html
    assert "is-invalid" in html


def test_a_group_of_choices_is_a_fieldset_with_a_legend() -> None:
    html = drawn("{% field form.kind %}", form=Sample())
    assert "<legend" in html
    assert html.count('type="radio"') == 2


def test_the_summary_links_to_each_field_that_must_be_mended() -> None:
    form = Sample({"version": "1"})
    html = drawn("{% form_errors form %}", form=form)
    assert "有 2 处要改" in html
    for anchor in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{anchor}"' in drawn("{% for bound in form %}{% field bound %}{% endfor %}", form=form)


def test_nothing_is_said_of_a_form_that_is_not_yet_sent() -> None:
    assert drawn("{% form_errors form %}", form=Sample()).strip() == ""


@pytest.mark.parametrize(
    ("query", "href", "direction"),
    [
        ("unit=hw&page=2", "?unit=hw&amp;sort=-total", None),
        ("sort=-total", "?sort=total", "descending"),
        ("sort=total", "?sort=-total", "ascending"),
    ],
)
def test_a_head_sorts_the_next_way(query: str, href: str, direction: str | None) -> None:
    html = drawn('{% sort_head "总投资" "total" query numeric=True %}', query=QueryDict(query))
    assert f'href="{href}"' in html
    assert (f'aria-sort="{direction}"' in html) if direction else ("aria-sort" not in html)


def test_the_usual_order_is_marked_where_the_address_asks_for_none() -> None:
    source = '{% sort_head "灯" "lamp" query default=True %}'
    assert 'aria-sort="ascending"' in drawn(source, query=QueryDict(""))
    assert 'href="?sort=-lamp"' in drawn(source, query=QueryDict("sort=shape"))


def test_a_refusal_explains_itself() -> None:
    html = drawn("{% gate_panel gate %}", gate=gallery.gates()[0])
    assert 'disabled aria-describedby="gate-why"' in html
    assert 'id="gate-why"' in html


def test_the_meter_stays_within_its_frame() -> None:
    assert 'width="100.0%"' in drawn("{% meter 130 100 90 %}")
    assert drawn("{% meter 1 0 %}").strip() == ""


def test_the_pager_says_where_it_stands() -> None:
    page = Paginator(range(86), 16).get_page(2)
    html = drawn("{% pager page query %}", page=page, query=QueryDict("unit=hw"))
    assert "第 17–32 个，共 86 个" in html
    assert "?unit=hw&amp;page=3" in html


def test_what_a_person_wrote_is_escaped() -> None:
    entry = parts.TimelineEntry("今天", "<b>", "<script>", was="<i>", now="<u>", quote="<s>")
    html = drawn("{% timeline entries %}", entries=[entry])
    assert not re.search(r"<(script|i|u)>", html)


def test_the_gallery_shows_every_component() -> None:
    request = RequestFactory().get("/dev/components/")
    html = gallery.components(request).content.decode()
    assert "部件 · 落地" in html
    tags = set(re.findall(r"def (\w+)\(", (TEMPLATES.parent / "templatetags/ui.py").read_text()))
    shown = "".join(p.read_text() for p in TEMPLATES.glob("web/*gallery*.html"))
    private = {"work_row", "chips", "filter_options"}  # within work_list and filter_bar
    assert {t for t in tags if not t.startswith("_")} - private - set(re.findall(r"{% (\w+)", shown)) == {"notice_kind"}


def test_the_gallery_draws_every_template_of_a_component() -> None:
    """Marks are kept once drawn, so they are forgotten first."""
    ui._drawn_mark.cache_clear()
    drawn_now: set[str] = set()

    def note(sender: Template, **_said: object) -> None:
        drawn_now.add(sender.name or "")

    template_rendered.connect(note)
    try:
        gallery.components(RequestFactory().get("/dev/components/"))
    finally:
        template_rendered.disconnect(note)
    there = {f"components/{path.name}" for path in (TEMPLATES / "components").glob("*.html")}
    assert there - drawn_now == set()


@pytest.mark.parametrize("local", [False, True])
def test_the_gallery_has_an_address_in_local_settings_only(local: bool, settings: Settings) -> None:
    settings.DEBUG = local
    try:
        found = URLResolver(RegexPattern(r"^/"), reload(urls).urlpatterns)
        if local:
            assert found.resolve("/dev/components/").func is gallery.components
        else:
            with pytest.raises(Resolver404):
                found.resolve("/dev/components/")
    finally:
        settings.DEBUG = False
        reload(urls)


def test_templates_hold_no_inline_style_or_script() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text()
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", text), template


def test_each_component_says_what_it_takes() -> None:
    for template in (TEMPLATES / "components").glob("[a-z]*.html"):
        assert template.read_text().startswith("{#"), template
