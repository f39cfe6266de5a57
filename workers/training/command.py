"""`moderato train` and `moderato evaluate`: make a model, and say how good one is."""

import shutil
import tempfile
from pathlib import Path

import click

from workers.classifier.weights import BadModel, load, shipped

_CORPORA = click.option(
    "--corpora", "folders", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, multiple=True,
    help="A folder of labelled texts (gzipped JSON lines); may be given more than once.",
)  # fmt: skip


@click.command()
@_CORPORA
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to write the model to."
)
@click.option(
    "--draws", default=400_000, show_default=True, help="Examples that each network learns from, drawn by weight."
)
@click.option("--jobs", default=1, show_default=True, help="Networks that learn at once.")
def train(folders: tuple[Path, ...], out: Path, draws: int, jobs: int) -> None:
    """Make a model from labelled texts: an hour or so. Nothing is written before it is whole; Ctrl-C leaves no trace.

    Wants the extra `train` (torch, scikit-learn). MODERATO_MODEL_DIR makes a worker use the result.
    """
    try:
        from workers.training.run import run
    except ImportError as missing:
        raise click.ClickException(
            f"Training needs {missing.name}, which judging does not. In the clone: pip install '.[train]' (under "
            "the name moderato, PyPI has another's program)."
        ) from None
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as draft:
        run([*folders], Path(draft), draws=draws, jobs=jobs, say=lambda line: click.echo(line, err=True))
        load(Path(draft))  # whatever is written is what a worker will accept
        out.mkdir(exist_ok=True)
        for name in ("judge.npz", "judge.json"):
            shutil.move(Path(draft) / name, out / name)
    click.echo(f"A model lies in {out}: MODERATO_MODEL_DIR={out}")


@click.command()
@_CORPORA
@click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A model's folder; without it, the shipped one.",
)
@click.option(
    "--worst",
    default=0,
    show_default=True,
    help="So many of the worst false alarms and misses of each set, for reading.",
)
def evaluate(folders: tuple[Path, ...], model: Path | None, worst: int) -> None:
    """Say how good the judge is: each set that is there, beside baseline and goal."""
    from workers.training.evaluation import report

    try:
        weights = load(model or shipped())
    except BadModel as problem:
        raise click.ClickException(str(problem)) from None
    for line in report([*folders], weights, worst):
        click.echo(line)
