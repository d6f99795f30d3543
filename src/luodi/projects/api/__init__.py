"""The API of projects: reads, writes and imports, each a router of its own."""
