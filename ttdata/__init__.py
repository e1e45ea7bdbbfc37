"""The dataset builder: a study becomes a plan, raw pages of the API, and a DuckDB dataset.

Each folder is a stage, named like its rules/*.smk file. A folder imports only folders below it:
cli > workflow > audit > upgrade > build, collect > plan > answers > api > store > study > tables.
See docs/architecture.md.
"""
