"""Files of earlier formats, rewritten in the present one.

Input: a folder in which an earlier version built a study. Output: its raw pages and receipts in the present format,
under their present names. Sends no request, and loses no answer.
"""
