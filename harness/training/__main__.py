"""`python -m harness.training prepare|bytes`, until `enfold data` and `enfold train` are there."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

QUIET = {
    # Freed buffers stay with the process: page faults cost more than the arithmetic (x1.6).
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "268435456",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(prog="harness.training")
    verbs = parser.add_subparsers(dest="verb", required=True)
    ready = verbs.add_parser("prepare")
    ready.add_argument("mix", type=Path)
    ready.add_argument("folder", type=Path)
    train = verbs.add_parser("bytes")
    train.add_argument("ready", type=Path)
    train.add_argument("folder", type=Path)
    train.add_argument("--shared", type=Path)
    train.add_argument("--preset", default="small", choices=["tiny", "small", "base"])
    for name in ("lanes", "time", "warmth", "bytes", "cooling", "seed"):
        train.add_argument(f"--{name}", type=lambda v: int(float(v)))
    for name in ("rate", "rows-rate", "dropped", "decay", "clip"):
        train.add_argument(f"--{name}", type=float)
    train.add_argument("--ngrams", help="length:bits,... or none")
    train.add_argument("--retention", help="blocks with retention, as 1,3")
    train.add_argument("--minutes", type=float, default=float("inf"))
    train.add_argument("--every", type=float, default=600.0, help="seconds")
    train.add_argument("--device", default="cpu")
    train.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if options.verb == "bytes" and any(os.environ.get(k) != v for k, v in QUIET.items()):
        os.execve(  # noqa: S606 - ourselves again, with the allocator told
            sys.executable,
            [sys.executable, "-m", "harness.training", *sys.argv[1:]],
            os.environ | QUIET,
        )
    run(options)


def run(options: argparse.Namespace) -> None:
    """Do what was asked."""
    from harness.training.corpus import Ready, prepare

    if options.verb == "prepare":
        mix = options.mix
        prepare(mix / "train.txt", mix / "train.index.tsv", options.folder)
        return
    import torch

    from harness.training.learn import Recipe, learn
    from memory.models import bytes as models

    torch.set_num_threads(options.threads)
    shape = getattr(models, options.preset.upper())
    if options.ngrams:
        pairs = options.ngrams.split(",") if options.ngrams != "none" else []
        tables = tuple((int(p.split(":")[0]), int(p.split(":")[1])) for p in pairs)
        shape = replace(shape, ngrams=tables)
    if options.retention:
        blocks = tuple(int(i) for i in options.retention.split(","))
        shape = replace(shape, retention=blocks)
    names = (
        "lanes",
        "time",
        "warmth",
        "bytes",
        "cooling",
        "seed",
        "rate",
        "rows_rate",
        "dropped",
        "decay",
        "clip",
    )
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    learn(
        Recipe(shape=shape, **given),
        Ready.open(options.ready),
        options.folder,
        shared=options.shared,
        every=options.every,
        limit=options.minutes * 60,
        device=options.device,
    )


if __name__ == "__main__":
    main()
