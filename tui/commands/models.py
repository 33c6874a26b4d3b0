"""`enfold models`: who can be invited."""

import asyncio

import click

from harness import compose
from harness.paths import paths
from tui.printing import data, say, table


@click.command("models", epilog="Example: enfold models 'opus 4.5'")
@click.argument("text", default="")
@click.option("--all", "everything", is_flag=True, help="Also those whose key is missing.")
@click.option("--images", is_flag=True, help="Those that paint, instead of those that talk.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def models_command(text: str, everything: bool, images: bool, as_json: bool) -> None:
    """List models, or those that TEXT may mean.

    Without TEXT, the ones that can be reached: local servers that answer, and providers
    whose key is set.
    """
    library = asyncio.run(compose.library(paths(), None))
    catalogue = library.catalogue
    found = [
        model
        for model in catalogue.search(text)
        if model.images == images and (text or everything or catalogue.reachable(model))
    ]
    rows = [
        {
            "name": model.name,
            "id": model.id,
            "window": model.window or None,
            "in": model.dollars_in,
            "out": model.dollars_out,
            "vision": "yes" if model.vision else "",
            "missing": "" if catalogue.reachable(model) else model.key,
        }
        for model in found
    ]
    if as_json:
        data([{**row, "vision": bool(row["vision"])} for row in rows])
        return
    if not rows:
        say(
            f"no model matches {text!r}"
            if text
            else "no model can be reached: set a provider's key, or start a local server "
            "(`enfold doctor` says which); `enfold models --all` lists what there is"
        )
        return
    table(
        rows,
        {
            "name": "NAME",
            "id": "ID",
            "window": "WINDOW",
            "in": "$/M IN",
            "out": "$/M OUT",
            "vision": "SEES",
            "missing": "KEY MISSING",
        },
    )
