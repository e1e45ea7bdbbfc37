"""What can go wrong, by name: refusals, faults, quirks, scenarios, and how well each behaviour is known.

Input: names and YAML; of a call, what `quirks.Call` lists. Output: checked plans, exceptions to answer with, tables.
It knows no HTTP, no tenant and no endpoint; core.py decides when these rules apply.
"""
