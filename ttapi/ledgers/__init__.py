"""The quota ledgers: base.py says what each of them does, opening.py opens the one that TTAPI_LEDGER names."""
