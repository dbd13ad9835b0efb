"""The transport over aiohttp, and bulk runs over tasks of one event loop."""
