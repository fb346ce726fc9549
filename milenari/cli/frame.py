"""The frame of the command line: the group, its answers in words or JSON, and how refusals end it."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from milenari.words import to_plain

Command = Callable[..., Any]


def example(text: str) -> str:
    return f"\b\nExample:\n  {text}"


def say(data: Any, as_json: bool, lines: list[str]) -> None:
    if as_json:
        click.echo(jsonlib.dumps(to_plain(data), indent=1, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)


def fail(code: str, sentence: str, as_json: bool, /, **facts: Any) -> NoReturn:
    """End with a sentence on stderr (or JSON on stdout) and exit code 1."""
    if as_json:
        click.echo(jsonlib.dumps(to_plain({"refused": code, "sentence": sentence, "facts": facts}), indent=1))
    else:
        click.echo(f"{sentence}  [{code}]", err=True)
    sys.exit(1)


def json_option(function: Command) -> Command:
    def noted(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        ctx.find_root().meta["milenari.json"] = value
        return value

    return click.option("--json", "as_json", is_flag=True, callback=noted, help="Answer in JSON.")(function)


@contextmanager
def progress(length: int, label: str) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal that is moved on by so much; nothing where nobody watches."""
    if length <= 0 or not sys.stderr.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr, show_pos=True) as bar:
        yield bar.update


def wire() -> None:
    """Wire Django for the node in MILENARI_HOME."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "milenari.server.settings")
    import django

    django.setup()


def sentence_of(refused: Any) -> str:
    """The refusal as the pages word it, without their markup."""
    from html import unescape

    from django.utils.html import strip_tags

    from milenari.web.wording import refusal

    return unescape(strip_tags(refusal(refused)))


class Group(click.Group):
    """Words refusals and failed writes once for every command."""

    def invoke(self, ctx: click.Context) -> Any:
        from milenari.rules.action import Refused

        try:
            return super().invoke(ctx)
        except Refused as refused:
            as_json = ctx.find_root().meta.get("milenari.json", False)
            wired = "django" in sys.modules and os.environ.get("DJANGO_SETTINGS_MODULE")
            fail(refused.code, sentence_of(refused) if wired else str(refused), as_json, **refused.facts)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="milenari")
def main() -> None:
    """milenari: from lentiviral vector to fifteen years of follow-up, on one signed record."""
