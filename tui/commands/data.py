"""`enfold data`: text made ready for learning."""

from pathlib import Path

import click

from tui.printing import data, line, say, table

SHOWN = 20
"""Files passed over that are named."""

FORMS = """\b
What is read:
  .txt .md .html ...  a text; told as turns if it is a transcript that `enfold import` knows
  room.jsonl          a log of one of our rooms
  .jsonl .ndjson      rows of JSON; .json: one row, or a list of them
  .parquet            rows of a table (needs pyarrow)
  .tar                every plain file in it
  .xz .gz .bz2 .zst   any of these, packed (.zst needs zstandard)
\b
Rows are one of:
  {"text": "..."}                                      a text
  {"messages": [{"role": "user", "content": "..."}]}   a conversation; `conversations` too
  {"turns": [{"author": "Ada", "text": "..."}]}        a conversation; also ["Ada", "..."]
  {"name": "Ada", "text": "..."}                       a message: all rows are one document
`source`, `licence` and `family` of a row are kept; documents of one family, or that begin
alike, are learnt from or held out together.
"""


@click.group("data", epilog="Example: enfold data prepare ~/transcripts -o ready")
def data_command() -> None:
    """Make text ready for learning."""


@data_command.command("prepare", epilog=FORMS)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path),
    help="A folder; made if need be.",
)  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Another holds out other documents.")
@click.option("--licence", default="", help="Of what does not say; it is noted.")
@click.option("--text", "plain", is_flag=True, help="Take transcripts for plain text.")
@click.option(
    "--weight", "weights", multiple=True, metavar="SOURCE=N",
    help="How often a source comes in one pass; 1 if not given.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Write over what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def prepare_command(
    paths: tuple[Path, ...],
    output: Path,
    seed: int,
    licence: str,
    plain: bool,
    weights: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Gather documents from PATHS, and split them.

    Part of the families of documents is held out, 1.2 % of each source, and never learnt from.
    The same paths and seed give the same folder, to the byte.
    """
    from harness.training.corpus import MANIFEST, prepare

    if (output / MANIFEST).exists() and not force:
        raise click.UsageError(f"{output} holds data already; --force writes over it")
    passed: list[str] = []
    ready = prepare(
        paths,
        output,
        seed=seed,
        plain=plain,
        licence=licence,
        weights=dict(_weight(one) for one in weights),
        told=passed.append,
    )
    told = {key: value for key, value in ready.manifest.items() if key != "documents"}
    if as_json:
        data(told | {"documents": len(ready.documents), "passed_over": passed})
        return
    for one in passed[:SHOWN]:
        say(line(one))
    if len(passed) > SHOWN:
        say(f"… and {len(passed) - SHOWN} more files passed over: --json lists them")
    table(
        [
            {"source": name, **row, "licences": ", ".join(row["licences"]) or None}
            for name, row in told["sources"].items()
        ],
        {
            "source": "source",
            "documents": "documents",
            "bytes": "bytes",
            "held_bytes": "held out",
            "licences": "licence",
        },
    )
    held = sum(document.held for document in ready.documents)
    say(
        f"{output}: {len(ready.documents):,} documents, {told['bytes']:,} bytes; "
        f"{held:,} held out, {told['held_bytes']:,} bytes"
        + (f"; {told['twice']:,} were there twice" if told["twice"] else "")
    )
    if not held:
        say("nothing is held out: it takes two documents that do not begin alike")


def _weight(given: str) -> tuple[str, float]:
    source, _, number = given.rpartition("=")
    try:
        weight = float(number)
    except ValueError:
        weight = -1.0
    if not source or not 0.01 <= weight <= 1000:
        raise click.BadParameter(f"{given!r} is no SOURCE=N with N from 0.01 to 1000")
    return source, weight
