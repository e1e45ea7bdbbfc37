"""The endpoints of the API: one file per family, the table of all of them, and the effects of the quirks.

Input: an authorised call with its tenant and body. Output: the data of the answer, or a Refusal that is raised.
It never reads HTTP, never counts quota and never writes the journal.
"""
