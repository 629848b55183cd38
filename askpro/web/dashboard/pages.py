"""The screens. Each is a template made of panels; what they show is asked in :mod:`.panels`."""

from __future__ import annotations

from flask import Blueprint, render_template


def register_pages(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/", "now", now)


def now() -> str:
    """What is wrong, who is affected, which button helps."""
    return render_template("pages/now.html")
