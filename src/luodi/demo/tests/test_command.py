"""`luodi demo`: makes once, tells the accounts, refuses what is not its own, leaves nothing behind when cut off."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from luodi.demo import build, place
from luodi.demo.management.commands.demo import Progress
from luodi.demo.place import State
from luodi.kernel import acts
from luodi.orgs.models import Region
from luodi.orgs.tests.factories import make_county
from luodi.projects.models import Project
from tests.plugins.database import LiveDatabase

SMALL = build.Size(members=230, projects=14)


def demo() -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("demo", no_serve=True, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.slow
@pytest.mark.only_sqlite
def test_demo_is_made_once_and_moved_into_place(live: LiveDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(build.SIZES, "county", SMALL)
    told, _progress = demo()
    assert "project_office" in told
    assert "Baichuan-2026" in told
    assert Project.objects.count() == 14
    beside = Path(live.name).parent
    assert not list(beside.glob("*.demo*"))
    again, said = demo()
    assert again == told
    assert "不再重建" in said
    assert Project.objects.count() == 14


@pytest.mark.slow
@pytest.mark.only_sqlite
def test_cut_off_leaves_the_database_empty(live: LiveDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(build.SIZES, "county", SMALL)

    def cut(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(build, "finish", cut)
        with pytest.raises(CommandError, match="什么都没有留下"):
            demo()
    assert str(connection.settings_dict["NAME"]) == live.name
    assert place.state() is State.EMPTY
    demo()
    assert place.state() is State.DEMO


@pytest.mark.slow
@pytest.mark.only_postgres
def test_cut_off_is_told_with_its_cure(live: LiveDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(build.SIZES, "county", SMALL)

    def cut(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "finish", cut)
    with pytest.raises(CommandError, match="已中断"):
        demo()
    assert place.state() is State.PARTIAL
    with pytest.raises(CommandError, match="被中断"):
        demo()


@pytest.mark.django_db
def test_a_database_with_other_data_is_left_alone() -> None:
    make_county("139931", "别县")
    with pytest.raises(CommandError, match="已有别的数据"):
        demo()
    assert Region.objects.count() == 1


def test_progress_says_each_phase_from_its_first_to_its_last() -> None:
    out = StringIO()
    tell = Progress(out)
    for n in range(1, 501):
        tell("单位和人", n, 500)
    lines = out.getvalue().splitlines()
    assert lines[0] == "单位和人 1/500"
    assert lines[-1] == "单位和人 500/500"
    assert len(lines) < 20


def test_demo_actor_holds_set_up_actions_only() -> None:
    from luodi.demo.people import SYSTEM

    assert SYSTEM.actions == {"system.setup", "account.manage", "role.grant"}
    assert isinstance(SYSTEM, acts.System)
