"""The API under /api/v1/: mounts the routers of the apps, describes them, and speaks the caller's language."""
