"""Erasing records from a folder: what is gone, an account, a video, or everything; verified, and certified.

Input: a folder in which a study was built. Output: the same folder as if the records had never been received, except
for what they cost; and a certificate in erasures/. Sends nothing. Stopped at any moment, the next purge completes it.
"""
