"""`{% load ui %}`: every component of the interface, and how figures are written.

Each tag fills `components/<name>.html`; the objects they take are in `luodi.web.parts`. All of them can be seen, with
their states, at /dev/components/; docs/howto/components.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from luodi.web import fields, figures, parts, queries

register = template.Library()
Context = dict[str, object]

register.filter("cny_wan", figures.in_wan)
register.filter("cny_yi", figures.in_yi)
register.filter("money", figures.money)
register.filter("pct1", figures.percent)
register.filter("ymd", figures.day)
register.filter("md", figures.short_day)
register.filter("moment", figures.moment)
register.filter("minutes", figures.minutes)

LAMP_WORDS = {
    "grey": _("未到"),
    "green": _("正常"),
    "blue": _("临期"),
    "yellow": _("预警"),
    "red": _("滞后"),
    "mended": _("已补"),
    "paused": _("暂停"),
}


DONE, DONE_AND_DUE = _("完成 %(done)s"), _("完成 %(done)s，应到 %(due)s")
# What a mark says in words, looked up when it is drawn: a lazy text is slow to compare with those kept.
WORDS_OF: dict[str, Callable[[Context], Context]] = {
    "lamp": lambda said: {"word": LAMP_WORDS[str(said["state"])]},
    "meter": lambda said: {"said": (DONE_AND_DUE if said["due"] else DONE) % said},
}
CHECKED, UNCHECKED, NO_COUNT = SafeString('" checked>'), SafeString('">'), SafeString("")
NOTICE_KINDS: dict[str, parts.NoticeKind] = {"success": "ok", "warning": "warn", "error": "bad"}


@register.filter
def notice_kind(level: str) -> parts.NoticeKind:
    """The kind of notice for a level of Django's messages."""
    return NOTICE_KINDS.get(level, "info")


@cache
def _template(name: str) -> Any:
    return get_template(f"components/{name}.html")


def _inline(name: str, context: Context) -> SafeString:
    """A component within a line: without the newline at the end of its file, which would show as a space."""
    return SafeString(_template(name).render(context).strip())


def _mark(name: str, /, **said: object) -> SafeString:
    """A component that says the same few things on every row of every page: drawn once in each language."""
    return _drawn_mark(name, get_language(), **said)


@lru_cache(maxsize=4096, typed=True)  # typed: a text that may hold markup is not one that may not
def _drawn_mark(name: str, _language: str | None, /, **said: object) -> SafeString:
    return _inline(name, said | WORDS_OF[name](said) if name in WORDS_OF else said)


# Marks ---------------------------------------------------------------------------------------------------------------
@register.simple_tag
def lamp(
    state: parts.LampState,
    note: parts.Text = "",
    tag: bool = False,
    large: bool = False,
    text: parts.Text = "",
    alone: bool = False,
) -> SafeString:
    """Colour, shape and word. `text` stands in a table instead of the word, which is then only read aloud; `alone`: the
    colour is no lamp of a project, and its word is not said at all."""
    return _mark("lamp", state=state, note=note, tag=tag, large=large, text=text, alone=alone)


@register.simple_tag
def icon(name: str, small: bool = False) -> SafeString:
    """A picture from the built sprite; always beside a word or inside something that has a name."""
    return _mark("icon", name=name, small=small)


@register.simple_tag
def n(text: parts.Text, href: str = "") -> SafeString:
    """A number that was counted or reckoned, as a link to the rows behind it."""
    return _inline("n", {"text": text, "href": href})


@register.simple_tag
def tag(text: parts.Text, ink: bool = False) -> SafeString:
    return _mark("tag", text=text, ink=ink)


@register.simple_tag
def count(number: int, due: bool = False) -> SafeString:
    """A small count beside a word; `due` fills it with ink, for things that wait for this person."""
    return _mark("count", number=number, due=due)


# A thing and its course ------------------------------------------------------------------------------------------------
@register.inclusion_tag("components/stage_path.html")
def stage_path(steps: Sequence[parts.Step]) -> Context:
    return {"steps": steps}


@register.simple_tag
def minipath(done: int, total: int, label: parts.Text) -> SafeString:
    """`done` stages are behind, the next one is the present one (none when all are done)."""
    marks = tuple("on" if i < done else "at" if i == done else "" for i in range(total))
    return _mark("minipath", marks=marks, label=label)


@register.inclusion_tag("components/facts_strip.html")
def facts_strip(items: Iterable[parts.Fact]) -> Context:
    return {"items": items}


@register.inclusion_tag("components/act_menu.html")
def act_menu(label: parts.Text, groups: Sequence[parts.MenuGroup], key: str = "acts") -> Context:
    """What can be done with a thing, by groups; a <details>, so it opens without script. `key`: prefix of ids."""
    return {"label": label, "groups": groups, "key": key}


@register.inclusion_tag("components/gate_panel.html")
def gate_panel(gate: parts.Gate, key: str = "gate") -> Context:
    """`key` makes the ids unique where a page shows several gates."""
    return {"gate": gate, "key": key}


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Iterable[parts.TimelineEntry]) -> Context:
    return {"entries": entries}


@register.inclusion_tag("components/people_list.html")
def people_list(items: Iterable[parts.Person]) -> Context:
    return {"items": items}


@register.inclusion_tag("components/pairs.html")
def pairs(items: Iterable[parts.Pair]) -> Context:
    return {"items": items}


@register.simple_tag
def meter(done: figures.Number, plan: figures.Number, due: figures.Number | None = None) -> SafeString:
    """Done against plan, with a mark where one should be by today. All three in the same unit; no plan, no drawing."""
    whole = figures.as_decimal(plan)
    if whole <= 0:
        return SafeString("")
    done_ratio = figures.as_decimal(done) / whole
    due_ratio = None if due is None else figures.as_decimal(due) / whole
    return _mark(
        "meter",
        done=figures.percent(done_ratio),
        due="" if due_ratio is None else figures.percent(due_ratio),
        width=_percent_width(done_ratio),
        mark="" if due_ratio is None else _percent_width(due_ratio),
    )


def _percent_width(ratio: Decimal) -> str:
    return f"{min(max(ratio, Decimal(0)), Decimal(1)) * 100:.1f}%"


# Work ----------------------------------------------------------------------------------------------------------------
@register.inclusion_tag("components/work_row.html")
def work_row(row: parts.WorkRow) -> Context:
    return {"row": row}


@register.inclusion_tag("components/work_list.html")
def work_list(rows: Iterable[parts.WorkRow]) -> Context:
    return {"rows": rows}


@register.inclusion_tag("components/wait_list.html")
def wait_list(rows: Iterable[parts.WaitRow]) -> Context:
    return {"rows": rows}


@register.inclusion_tag("components/steps.html")
def steps(items: Iterable[parts.WizardStep]) -> Context:
    return {"items": items}


@register.inclusion_tag("components/progress.html")
def progress(label: parts.Text, done: int, total: int, note: parts.Text = "") -> Context:
    """Long work: how far it is. `note` says how long it may still take."""
    return {"label": label, "done": done, "total": total, "note": note}


# Words to the reader ---------------------------------------------------------------------------------------------------
@register.inclusion_tag("components/notice.html")
def notice(kind: parts.NoticeKind, text: parts.Text) -> Context:
    return {"kind": kind, "text": text}


@register.inclusion_tag("components/empty.html")
def empty(
    title: parts.Text, text: parts.Text = "", href: str = "", button: parts.Text = "", primary: bool = False
) -> Context:
    """An empty page: what belongs here, and the button that makes the first one."""
    return {"title": title, "text": text, "href": href, "button": button, "primary": primary}


# Lists ---------------------------------------------------------------------------------------------------------------
@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[parts.Tab], label: parts.Text = "") -> Context:
    return {"items": items, "label": label}


@register.inclusion_tag("components/chips.html")
def chips(items: Iterable[parts.Chip]) -> Context:
    return {"items": items}


@register.inclusion_tag("components/filter_bar.html", takes_context=True)
def filter_bar(context: template.Context, bar: parts.FilterBar, query: QueryDict) -> Context:
    """Needs `request` in the context, for the address of the list."""
    return {
        "path": context["request"].path,
        "bar": bar,
        "kept": queries.kept(query, without=queries.keys_of(bar.menus)),
        "kept_for_columns": queries.kept(query, without=["cols"]),
        "shown": sum(column.shown for column in bar.columns),
    }


@register.simple_tag
def sort_head(
    label: parts.Text, key: str, query: QueryDict, numeric: bool = False, default: bool = False
) -> SafeString:
    """One `<th>` that sorts by `?sort=key` or `?sort=-key`. Numbers begin with the largest, texts with the first.

    `default` says that the list is sorted by this column now, since the address asks for no order that there is.
    """
    now = key if default else query.get("sort", "")
    direction = "ascending" if now == key else "descending" if now == f"-{key}" else ""
    following = {"ascending": f"-{key}", "descending": key}.get(direction, f"-{key}" if numeric else key)
    href = queries.with_values(query, sort=following, page=None)
    return _inline("sort_head", {"label": label, "href": href, "direction": direction, "numeric": numeric})


@register.simple_tag
def filter_options(menu: parts.FilterMenu) -> SafeString:
    """The ticks of one drop-down. Written without a template: a county has a hundred of them on each list."""
    sort = "radio" if menu.kind == "one" else "checkbox"
    begun = format_html('<label><input class="form-check-input" type="{}" name="{}" value="', sort, menu.key)
    return format_html_join(
        "",
        "{}{}{} {}{}</label>",
        (
            (begun, str(option.value), CHECKED if option.checked else UNCHECKED, _worded(option), _counted(option))
            for option in menu.options
        ),
    )


def _worded(option: parts.FilterOption) -> parts.Text:
    return lamp(option.lamp) if option.lamp else option.label


def _counted(option: parts.FilterOption) -> SafeString:
    return NO_COUNT if option.count is None else format_html(' <span class="ld-3">{}</span>', option.count)


@register.inclusion_tag("components/pager.html")
def pager(page: Page[object], query: QueryDict) -> Context:
    context: Context = {"page": page}
    if page.has_previous():
        context["previous"] = queries.with_values(query, page=page.previous_page_number())
    if page.has_next():
        context["next"] = queries.with_values(query, page=page.next_page_number())
    return context


@register.inclusion_tag("components/quick_list.html")
def quick_list(typed: str, count: int | str, sections: Sequence[parts.QuickSection], key: str = "quick") -> Context:
    """What was found while somebody types, by kind; a word of advice where nothing was. `key`: prefix of ids."""
    return {"typed": typed, "count": count, "sections": sections, "key": key}


@register.inclusion_tag("components/diff_table.html")
def diff_table(rows: Iterable[parts.DiffRow], mine: parts.Text = "", theirs: parts.Text = "") -> Context:
    """Two people changed the same thing: both versions side by side. `theirs` is who and when."""
    return {"rows": rows, "mine": mine or _("您的"), "theirs": theirs or _("别人的")}


# Forms ---------------------------------------------------------------------------------------------------------------
@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField, label: parts.Text = "", hint: parts.Text = "", unit: parts.Text = "", optional: bool = False
) -> Context:
    """Label, control, hint and error. `unit` (万元) stands behind the label; `optional` says 可不填."""
    said = str(hint or bound.help_text or "")
    return {
        "field": bound,
        "shape": fields.shape_of(bound),
        "control": fields.control(bound, hint=said),
        "described": fields.described_by(bound, hint=said),
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "unit": unit,
        "optional": optional,
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: BaseForm) -> Context:
    """What must be mended, with links to the fields; nothing when all is well."""
    links = fields.error_links(form) if form.is_bound else []
    return {"form": form, "links": links, "amount": len(links)}


@register.inclusion_tag("components/drop.html")
def drop(bound: BoundField, title: parts.Text = "", hint: parts.Text = "") -> Context:
    """A file field on which files can be dropped."""
    said = str(hint or bound.help_text or "")
    return {
        "field": bound,
        "control": bound.as_widget(attrs={"class": "visually-hidden", **_described(bound, said)}),
        "title": title or _("把文件拖到这里，或点这里选"),
        "hint": hint or bound.help_text,
    }


def _described(bound: BoundField, hint: str) -> dict[str, str]:
    described = fields.described_by(bound, hint=hint)
    return {"aria-describedby": described} if described else {}


# Blocks --------------------------------------------------------------------------------------------------------------
@register.simple_block_tag(end_name="enddialog")
def dialog(content: str, *, id: str, title: parts.Text, open: bool = False) -> SafeString:
    """A native dialog around its content. Opened by `<a href="#id" data-dialog>`; without script the link shows it in
    its place on the page. `open` shows it at once (after an error in its form)."""
    return SafeString(_template("dialog").render({"content": content, "id": id, "title": title, "open": open}))


@register.simple_block_tag(end_name="endsection")
def section(
    content: str,
    *,
    id: str,
    title: parts.Text,
    sub: parts.Text = "",
    count: int | None = None,
    link: parts.Text = "",
    href: str = "",
) -> SafeString:
    """A section under its strong rule; its title is the finding."""
    said = {"id": id, "title": title, "sub": sub, "count": count, "link": link, "href": href}
    return SafeString(_template("section").render({"content": content, **said}))
