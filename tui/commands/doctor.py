"""`enfold doctor` and `enfold paths`."""

import asyncio

import click

from harness.doctor import Finding, examine
from harness.paths import Paths, paths
from tui.printing import ascii_only, data, safe


@click.command("doctor", epilog="Example: enfold doctor --json")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def doctor_command(as_json: bool) -> int:
    """Say what works here and what is missing.

    Versions, keys (by name only), local servers, settings, disk, database, rooms, terminal, pictures,
    and the files of keys and themes.
    Exits with 1 if something is wrong.
    """
    where = paths()
    findings = [*asyncio.run(examine(where)), *_screen(where)]
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


def _screen(where: Paths) -> list[Finding]:
    """Look at what the full screen needs: pictures, the person's keys and themes."""
    from tui.app import built_in_keys
    from tui.keymap import read as read_keys
    from tui.themes import BadThemes
    from tui.themes import read as read_themes
    from tui.widgets.graphics import probe

    drawn = {
        "kitty": "drawn by kitty's protocol",
        "sixel": "drawn as sixels",
        "halfcell": "drawn in half-cells",
        "none": "captions alone; ENFOLD_PICTURES=halfcell draws them in cells",
    }
    graphics = probe()
    findings = [
        Finding("pictures", None if graphics.way == "none" else True, drawn[graphics.way])
    ]
    keys = read_keys(where.keys, built_in_keys())
    changed = f"{len(keys.keys)} changed by {where.keys}" if keys.keys else "as they come"
    findings += [Finding("keys file", False, trouble) for trouble in keys.troubles] or [
        Finding("keys file", True, changed)
    ]
    try:
        own = read_themes(where.themes)
    except BadThemes as error:
        findings.append(Finding("themes file", False, str(error)))
    else:
        said = f"{len(own)} in {where.themes}" if own else f"{where.themes} is not there"
        findings.append(Finding("themes file", True, said))
    return findings


@click.command("paths", epilog="Example: less $(enfold paths --json | jq -r .settings)")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def paths_command(as_json: bool) -> None:
    """Print where things are kept. Nothing is made."""
    where = paths()
    named = {
        "settings": where.settings,
        "models": where.models,
        "scenarios": where.scenarios,
        "keys": where.keys,
        "themes": where.themes,
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
