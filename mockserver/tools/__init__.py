"""Commands besides the server: `doctor` checks an installation, `export` prints the videos of a world.

Input: the address of a server, or a world and dates. Output: findings, or lines of NDJSON.
It never serves and never changes a server.
"""
