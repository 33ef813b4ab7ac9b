"""`sluice contract`: what people type about contracts; each command imports what it needs when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True, help="Write contracts, and tell how they change.")

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout, errors too, and nothing else there.")
]
Out = Annotated[Path | None, typer.Option(help="File to write, in place of stdout; it must not be there yet.")]
Mode = Literal["none", "backward", "forward", "full"]
Format = Literal["auto", "json-schema", "avro", "pandera", "great-expectations", "dbt"]


@app.command()
def infer(
    data: Annotated[str, typer.Argument(help="The data: a path, a pattern, `path@revision` or a URL.")],
    out: Out = None,
    name: Annotated[str, typer.Option(help="Name of the table; else that of the file.")] = "",
    engine: Annotated[str, typer.Option(help="What reads the data, as in sluice.yaml.")] = "duckdb",
    json: Json = False,
) -> None:
    """Write a contract that the data keeps today, for people to correct."""
    from sluice.entry.contracting import infer as write

    raise typer.Exit(write(data, name=name, out=out, engine=engine, as_json=json))


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The contract as it was.")],
    new: Annotated[Path, typer.Argument(help="The contract as it is to be.")],
    compatibility: Annotated[Mode, typer.Option(help="Exit with 1 where a change breaks this.")] = "none",
    table: Annotated[str, typer.Option(help="Name of the table, where a file describes several.")] = "",
    json: Json = False,
) -> None:
    """Name every change between two contracts, and which readers of the data it breaks."""
    from sluice.entry.contracting import diff as compare

    raise typer.Exit(compare(old, new, mode=compatibility, table=table, as_json=json))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A contract in another language.")],
    format_: Annotated[
        Format, typer.Option("--format", help="Its language; `auto` finds it out from what is written there.")
    ] = "auto",
    model: Annotated[str | None, typer.Option(help="The one table of a dbt file that is wanted; else all.")] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Write a contract of the Open Data Contract Standard from another, and list what it could not carry."""
    from sluice.entry.contracting import import_contract

    raise typer.Exit(import_contract(file, language=format_, model=model, out=out, as_json=json))
