"""The tables of a dataset, as declared.

One .sql file per table: its columns with their meaning, and the statements that fill it from raw pages.
`declared` creates, fills and names them, `files` opens a dataset. Nothing here knows a study or a plan.
"""
