"""`python -m tests.lab.world.middlebox MODE GATEWAY NAMESERVER`: serves on port 9000 until it
is ended."""

import asyncio
import sys

from tests.lab.world.middlebox import delay, inspect_smtp
from tests.lab.world.middlebox.intercept import Interceptor
from tests.lab.world.middlebox.portal import Portal
from tests.lab.world.middlebox.way import Serve, closing


async def _serve(mode: str, gateway: str, name_server: str, chain: str) -> None:
    if mode == "delay":
        await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: delay.Names(name_server), local_addr=("127.0.0.1", 5300)
        )
    portal = Portal(gateway, chain)
    if mode == "portal":
        await asyncio.start_server(closing(portal.serve_web), "0.0.0.0", 9080)
    modes: dict[str, Serve] = {
        "delay": delay.serve,
        "inspect": inspect_smtp.serve,
        "intercept": Interceptor("Company TLS inspection").serve,
        "portal": portal.serve_tls,
    }
    server = await asyncio.start_server(closing(modes[mode]), "0.0.0.0", 9000)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))
