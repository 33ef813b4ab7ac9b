"""`sluice model`: what people type about models; each command imports what it needs when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Look at models without loading them.")


@app.callback()
def model() -> None:
    """Look at models without loading them."""


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="The model: a file, or a folder with several.")],
    module: Annotated[
        list[str] | None,
        typer.Option(help="What a pickle may name besides, as in `evaluation.model_modules`; repeatable."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document on stdout, errors too, and nothing else there.")
    ] = False,
) -> None:
    """Tell a model's format, its digest and what loading it would name; exit with 1 where it must not be loaded."""
    from sluice.entry.inspecting import inspect as look

    raise typer.Exit(look(path, tuple(module or ()), as_json=json))
