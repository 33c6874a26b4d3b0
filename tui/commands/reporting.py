"""`enfold eval report`: a run as one page, and as pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.errors import NotPossible
from tui.printing import say

if TYPE_CHECKING:
    from harness.evaluation.rows import Run

PAGE = click.option("--report", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
                    help="Also write a page of plots and tables.")  # fmt: skip
PICTURES = click.option("--png", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
                        help="Also write its plots as pictures, by resvg.")  # fmt: skip


@click.command(
    "report",
    epilog="""\b
Examples:
  enfold eval report run -o out.html
  enfold eval report run --png pictures
""",
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The page.  [default: report.html in the run's folder]")  # fmt: skip
@PICTURES
def report_command(folder: Path, out: Path | None, png: Path | None) -> None:
    """Write a kept run as one page of HTML: no script, nothing from elsewhere."""
    from harness.evaluation.rows import Run

    if out is None and png is None:
        out = folder / "report.html"
    write(Run(folder), out, png)


def write(run: "Run", page: Path | None, pictures: Path | None) -> None:
    """Write the page and the pictures of a run, those that are wanted, and say where.

    Raises:
        NotPossible: There is no run, resvg is wanted and missing, or the disk says no.
    """
    if page is None and pictures is None:
        return
    from harness.evaluation.accounting import costs, model
    from harness.evaluation.report import page as html
    from harness.evaluation.report import png

    if run.manifest is None:
        raise NotPossible(f"{run.folder}: no run")
    rows = [run.rows[key] for key in sorted(run.rows)]
    machine = costs(run.folder)
    if page is not None:
        text = html.page(run.manifest, rows, machine, model())
        try:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(text, "utf-8", newline="\n")
        except OSError as error:
            raise NotPossible(f"{page}: {error.strerror or error}") from error
        say(f"wrote {page}: {len(text.encode()):,} bytes")
    if pictures is not None:
        made = png.pictures(html.drawings(run.manifest, rows, machine), pictures)
        say(f"wrote {', '.join(path.name for path in made) or 'no picture'} to {pictures}")
