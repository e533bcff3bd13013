"""Facts and decisions, pure: no I/O, no asyncio, no Qt, no clock, no randomness."""
