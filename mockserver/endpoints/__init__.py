"""The endpoints of the API: one file per family, and the table of all of them.

Input: an authorised call with its tenant and body. Output: the data of the answer, or a Refusal that is raised.
It never counts quota, applies no fault and never writes the journal.
"""
