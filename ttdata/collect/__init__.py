"""Requests to the API: one slice or shard per job; the only folder that appends raw pages.

Input: a plan, and the name of a slice, or a shard with its items. Output: raw pages, and a receipt. What is on disk
is never requested again. Reads receipts and pages, never a dataset.
"""
