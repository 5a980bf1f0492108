"""``ckan satudata quality …``"""

from __future__ import annotations

from contextlib import nullcontext

import ckantoolkit as tk
import click

from . import jobs, service


@click.group(short_help="Quality scores of datasets.")
def quality() -> None:
    """How good metadata and files of the datasets are, and whether their figures are up to date."""


@quality.command()
@click.argument("datasets", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every dataset, not only those without a current score.")
@click.pass_context
def recompute(ctx: click.Context, datasets: tuple[str, ...], everything: bool) -> None:
    """Compute scores anew: of DATASETS (ids or names), or of what has none or one by other weights."""
    app = ctx.meta.get("flask_app")
    with app.test_request_context() if app else nullcontext():
        ids = _ids(datasets) if datasets else jobs.everything() if everything else jobs.missing()
        changed = 0
        with click.progressbar(length=len(ids), label="Scores") as bar:
            for start in range(0, len(ids), service.BATCH):
                batch = ids[start : start + service.BATCH]
                changed += len(service.recompute(batch))
                bar.update(len(batch))
    click.echo(f"{len(ids)} computed, {changed} changed")


def _ids(names: tuple[str, ...]) -> list[str]:
    from ckan import model

    found = []
    for name in names:
        package = model.Package.get(name)
        if package is None:
            raise click.ClickException(f"There is no dataset {name!r}")
        found.append(package.id)
    return found


@quality.command()
@click.argument("dataset")
def show(dataset: str) -> None:
    """Print the score of DATASET (id or name) and what would raise it most."""
    try:
        found = tk.get_action("satudata_quality_show")({"ignore_auth": True}, {"id": dataset})
    except tk.ObjectNotFound:
        raise click.ClickException(f"There is no score of {dataset!r}") from None
    click.echo(f"{found['score']} of 100 ({found['band']}), freshness: {found['freshness'] or 'unknown'}")
    for principle, part in found["principles"].items():
        click.echo(f"  {principle:<18} {part:>3}")
    for one in found.get("advice") or []:
        click.echo(f"  +{one['points']:<5} {one['text']}")


COMMANDS: list[click.Command] = [quality]
