"""``python -m ghbench serve``: the emulated GitHub on a local port."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import ssl
from pathlib import Path

from aiohttp import web

from .children import OPENAPI_DESCRIPTIONS, RUN_MODULES, Emulate, certificate, free_port
from .config import Config
from .events import Events
from .payloads import Payloads
from .recorder import Recorder
from .server import Proxy
from .spec import NoSpec, Spec

HERE = Path(__file__).resolve().parent


def _write_seed(config: Config, path: Path) -> None:
    path.write_text(json.dumps(config.emulate_seed()))
    path.chmod(0o600)


def _spec(args: argparse.Namespace) -> Spec | NoSpec:
    if args.no_description:
        return NoSpec("switched off")
    path = OPENAPI_DESCRIPTIONS / f"{args.description}.json"
    return Spec(path) if path.exists() else NoSpec(f"{path} is missing")


async def _listen(app: web.Application, args: argparse.Namespace) -> tuple[web.AppRunner, dict[str, str]]:
    """Listen on the asked ports; (runner, the addresses by scheme)."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, args.host, args.port)
    await site.start()
    addresses = {"http": f"http://{args.host}:{runner.addresses[0][1]}"}
    if args.tls_port is not None:
        cert, key = certificate(args.run_dir)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)
        await web.TCPSite(runner, args.host, args.tls_port, ssl_context=context).start()
        addresses |= {"https": f"https://localhost:{runner.addresses[1][1]}", "certificate": str(cert)}
    return runner, addresses


async def _serve(args: argparse.Namespace) -> None:
    config = Config.load(args.config, keys=args.run_dir)
    seed = args.run_dir / "emulate-seed.json"
    _write_seed(config, seed)
    emulate = Emulate(seed, args.emulate_port or free_port())
    emulate.start()
    try:
        proxy = Proxy(
            config, emulate, _spec(args), Events(Payloads(RUN_MODULES)), Recorder(args.record), args.run_dir / "git"
        )
        await proxy.start()
        runner, addresses = await _listen(proxy.application(), args)
        ready = args.run_dir / "address.json"
        ready.with_suffix(".part").write_text(json.dumps(addresses))
        ready.with_suffix(".part").rename(ready)
        print(f"ghbench: {addresses['http']}; description: {proxy.spec.version}", flush=True)
        stop = asyncio.Event()
        for signum in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signum, stop.set)
        await stop.wait()
        await runner.cleanup()
        await proxy.stop()
    finally:
        emulate.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ghbench", description=__doc__)
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--run-dir", type=Path, required=True, help="for repositories, keys, the seed and address.json")
    parser.add_argument("--config", type=Path, default=HERE / "bench.yaml", help="users, repositories, tokens, apps")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4200, help="0: any free one (see address.json)")
    parser.add_argument("--tls-port", type=int, help="also https here, with a self-signed certificate")
    parser.add_argument("--emulate-port", type=int, default=0, help="0: any free one")
    parser.add_argument(
        "--description", default="api.github.com", help="OpenAPI file: api.github.com, ghec, ghes-3.19 …"
    )
    parser.add_argument(
        "--no-description", action="store_true", help="check no call against GitHub's OpenAPI description"
    )
    parser.add_argument("--record", type=Path, help="append every call to this JSON-lines file")
    return parser.parse_args()


def main() -> None:
    args = _arguments()
    args.run_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(_serve(args))


if __name__ == "__main__":
    main()
