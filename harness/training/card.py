"""What a run came to, as the tables of a model card: figures from its log, data from its text."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import NotPossible
from harness.training.corpus import Ready
from harness.training.learner import Recipe


def figures(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write bits per byte of every source, as last measured, in Markdown.

    Args:
        rows: Of the run's log.

    Raises:
        NotPossible: The run was never measured.
    """
    measured = [row for row in rows if row.get("sources")]
    if not measured:
        raise NotPossible(
            "the run was never measured: nothing was held out, or it ended too soon"
        )
    last = measured[-1]
    ends, sizes = last.get("ends", {}), last.get("bytes", {})
    told = sorted(last["sources"].items(), key=lambda one: (one[0].startswith("~"), one[0]))
    lines = [
        f"After {last['read'] / 1e6:.1f} MB read; raw model, states carried, nothing mixed in. "
        "Sources marked `~` are not in the corpus.",
        "",
        "| held out | bits per byte | bits for the end of a turn | bytes |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, bits in told:
        size = f"{sizes[name]:,}" if name in sizes else "-"
        end = f"{ends[name]:.2f}" if name in ends else "-"
        lines.append(f"| {_cell(name)} | {bits:.3f} | {end} | {size} |")
    if last.get("held") is not None:
        lines.append(f"| **mean of the sources** | **{last['held']:.3f}** | | |")
    return "\n".join(lines) + "\n"


def sources(ready: Ready) -> str:
    """Write what was learnt from, in Markdown."""
    lines = [
        "| source | licence | documents | bytes | held out | times a pass |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    counted: dict[str, Any] = ready.manifest.get("sources") or _counted(ready)
    for name, row in sorted(counted.items()):
        licence = ", ".join(row["licences"]) or "not told"
        lines.append(
            f"| {_cell(name)} | {_cell(licence)} | {row['documents']:,} | {row['bytes']:,} "
            f"| {row['held_bytes']:,} | {ready.weights.get(name, 1.0):g} |"
        )
    return "\n".join(lines) + "\n"


def settings(recipe: Recipe) -> str:
    """Write what decided the weights, in Markdown."""
    shape = recipe.shape
    grams = ", ".join(f"{n} in 2^{bits}" for n, bits in shape.ngrams) or "none"
    rows = sum(1 << bits for _, bits in shape.ngrams) * shape.part
    told = {
        "width, state, blocks": f"{shape.width}, {shape.state}, {shape.blocks}",
        "weights touched for a byte": f"{shape.dense:,}",
        "n-grams in buckets": f"{grams}; {rows:,} weights, {shape.part} for each",
        "lanes x cut": f"{recipe.lanes} x {recipe.time} tokens, the state goes on",
        "AdamW": f"rate {recipe.rate:g}, rows {recipe.rows_rate:g}, decay {recipe.decay:g}, "
        f"clip {recipe.clip:g}, warm-up {recipe.warmth} steps",
        "cooling": f"{recipe.cooling / 1e6:g} MB along a cosine, to {recipe.floor:g}",
        "n-grams dropped": f"{recipe.dropped:g}",
        "seed": f"{recipe.seed}",
    }
    return (
        "\n".join(["| | |", "| --- | --- |", *(f"| {n} | {v} |" for n, v in told.items())])
        + "\n"
    )


def _counted(ready: Ready) -> dict[str, dict[str, Any]]:
    """Count what an older manifest does not tell."""
    found: dict[str, dict[str, Any]] = {}
    for one in ready.documents:
        row = found.setdefault(
            one.source, {"documents": 0, "bytes": 0, "held_bytes": 0, "licences": []}
        )
        row["documents"] += 1
        row["bytes"] += one.length
        row["held_bytes"] += one.length if one.held else 0
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
