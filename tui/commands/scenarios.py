"""`enfold scenarios`: rooms ready to open."""

import asyncio
from pathlib import Path

import click

from agents.catalogue.models import BYTES
from agents.errors import ScenarioError
from agents.scenarios import scenario as scenarios
from harness.compose import library, unknown_models
from harness.paths import paths
from tui.printing import data, line, say, table


@click.group(
    "scenarios",
    invoke_without_command=True,
    epilog="Example: enfold scenarios validate my.toml",
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.pass_context
def scenarios_command(ctx: click.Context, as_json: bool) -> None:
    """List scenarios, or check one."""
    if ctx.invoked_subcommand is not None:
        return
    rows: list[dict[str, object]] = []
    for name in [*scenarios.bundled(), *map(str, scenarios.user_scenarios(paths().scenarios))]:
        try:
            found = scenarios.load(name)
        except ScenarioError as error:
            rows.append({"name": name, "title": "", "cast": "", "about": f"! {error}"})
            continue
        rows.append(
            {
                "name": found.name if found.path.parent == scenarios.FOLDER else name,
                "title": found.title,
                "cast": ", ".join(role.name for role in found.cast),
                "needs": _needs(found),
                "about": found.description,
            }
        )
    if as_json:
        data(rows)
        return
    table(
        [{**row, "about": line(str(row["about"]), 80)} for row in rows],
        {"name": "SCENARIO", "cast": "CAST", "needs": "NEEDS", "about": "ABOUT"},
    )


def _needs(scenario: scenarios.Scenario) -> str:
    if all(role.script or role.model.startswith(f"{BYTES}/") for role in scenario.cast):
        return "" if scenario.scripted else "byte model"
    return "models"


@scenarios_command.command("validate", epilog="Example: enfold scenarios validate my.toml")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
def validate_command(files: tuple[Path, ...]) -> int:
    """Say all that is wrong with scenario FILES; without any, with all there are.

    A bundled one can be named without a path.
    """
    models = asyncio.run(library(paths(), None)).catalogue
    named = [
        scenarios.FOLDER / f"{file}.toml" if str(file) in scenarios.bundled() else file
        for file in files
    ]
    chosen = named or [
        *(scenarios.FOLDER / f"{name}.toml" for name in scenarios.bundled()),
        *scenarios.user_scenarios(paths().scenarios),
    ]
    problems = 0
    for path in chosen:
        found = scenarios.validate(path) or unknown_models(scenarios.load(path), models)
        problems += len(found)
        for problem in found:
            click.echo(problem)
        if not found:
            say(f"{path.name}: fine")
    return 1 if problems else 0
