"""What the Snakefile needs; the only folder that knows Snakemake.

`parse` and `repair` run while the Snakefile is read, `session` at the start and end of a build. The rules call the
commands of cli.
"""
