"""Raw pages become one DuckDB file: a pure function of the plan and the pages.

Input: a plan, receipts, id files and raw pages. Output: datasets/NAME.duckdb, or an id file for the next source.
Sends no request. Replaces a dataset only by a complete one.
"""
