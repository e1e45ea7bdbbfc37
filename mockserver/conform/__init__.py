"""Comparison with another server of the API: an address in, a report without personal data out.

Tables say what is sent (`requests`), how answers are read (`probes`) and what cannot be asked (`not_asked.yaml`). Never
sends more than 40 requests, and credentials to no host that the user has not named.
"""
