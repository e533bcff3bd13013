"""Use cases in asyncio over ports; no Qt, no concrete adapter."""
