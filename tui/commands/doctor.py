"""`enfold doctor` and `enfold paths`."""

import asyncio

import click

from harness.doctor import examine
from harness.paths import paths
from tui.printing import ascii_only, data, safe


@click.command("doctor", epilog="Example: enfold doctor --json")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def doctor_command(as_json: bool) -> int:
    """Say what works here and what is missing.

    Versions, keys (by name only), local servers, settings, disk, database, rooms, terminal.
    Exits with 1 if something is wrong.
    """
    findings = asyncio.run(examine(paths()))
    if as_json:
        data(
            [
                {"what": found.what, "good": found.good, "detail": found.detail}
                for found in findings
            ]
        )
    else:
        marks = {True: "ok", False: "!!", None: "--"} if ascii_only() else {
            True: "✓", False: "✗", None: "·",
        }  # fmt: skip
        for found in findings:
            click.echo(f"{marks[found.good]} {found.what:<14} {safe(found.detail)}")
    return 1 if any(found.good is False for found in findings) else 0


@click.command("paths", epilog="Example: less $(enfold paths --json | jq -r .settings)")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def paths_command(as_json: bool) -> None:
    """Print where things are kept. Nothing is made."""
    where = paths()
    named = {
        "settings": where.settings,
        "models": where.models,
        "scenarios": where.scenarios,
        "rooms": where.rooms,
        "bank": where.bank,
        "log": where.log,
        "cache": where.cache,
    }
    if as_json:
        data({name: str(path) for name, path in named.items()})
        return
    for name, path in named.items():
        click.echo(f"{name:<10} {path}")
