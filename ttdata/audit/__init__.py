"""Checks of a built dataset: what was requested against what was returned. Changes nothing in the dataset.

Input: datasets/NAME.duckdb. Output: reports/NAME.audit.json and reports/NAME.html. Only `stability` sends requests,
when a user asks for repeated passes.
"""
