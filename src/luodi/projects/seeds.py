"""Code tables of projects that every installation starts with."""

from __future__ import annotations

from typing import Any

from luodi.projects.models import Kind

KINDS = {
    "factory": "工业生产",
    "park": "园区厂房",
    "energy": "能源",
    "agriculture": "农业产业",
    "food": "食品加工",
    "tourism": "文旅康养",
    "logistics": "物流商贸",
    "road": "交通道路",
    "water": "水利供水",
    "environment": "环保治理",
    "municipal": "市政设施",
    "school": "教育",
    "health": "医疗卫生",
    "housing": "住房和安置",
    "other": "其他",
}
"""项目类别, as the development offices of counties sort them; a county may add its own."""


def seed_kinds(**_kwargs: Any) -> None:
    known = set(Kind.objects.values_list("code", flat=True))
    Kind.objects.bulk_create([Kind(code=code, name=name) for code, name in KINDS.items() if code not in known])
