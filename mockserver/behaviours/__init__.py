"""What can go wrong, by name: refusals, faults, quirks, scenarios, and how well each behaviour is known.

Input: names and YAML. Output: checked plans, refusals to raise, tables to print.
It never touches a request; who applies these rules is in endpoints/ and core.py.
"""
