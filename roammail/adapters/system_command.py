"""Runs one of the system's own commands and gives its output, bounded in time and size. Knows
nothing of what the commands say."""

import asyncio
from collections.abc import Awaitable, Callable

from roammail.adapters.network_source import SourceFailed
from roammail.core.network import WhyUnknown

_MAX_OUTPUT = 1024 * 1024
#: Windows: no console window flashes up (CREATE_NO_WINDOW); elsewhere it means nothing.
_NO_WINDOW = 0x08000000

#: A command with its arguments to its output.
Run = Callable[..., Awaitable[str]]


async def run_command(*command: str, seconds: float = 10.0, windows: bool = False) -> str:
    """Standard output as text. Raises SourceFailed (COMMAND_FAILED, TIMED_OUT)."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            creationflags=_NO_WINDOW if windows else 0,
        )
    except OSError as error:
        raise SourceFailed(WhyUnknown.COMMAND_FAILED, f"{command[0]}: {error.strerror}") from error
    assert process.stdout is not None
    output = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while part := await process.stdout.read(65536):
                output += part
                if len(output) > _MAX_OUTPUT:
                    raise SourceFailed(WhyUnknown.COMMAND_FAILED, f"{command[0]}: endless")
            code = await process.wait()
    except TimeoutError as error:
        raise SourceFailed(WhyUnknown.TIMED_OUT, command[0]) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code != 0:
        raise SourceFailed(WhyUnknown.COMMAND_FAILED, f"{command[0]}: {code}")
    return output.decode("utf-8", "replace")
