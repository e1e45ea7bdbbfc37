"""What was requested and how it was answered: the journal, its export as HAR, and sending a HAR once more.

Input: a call and its answer, or an archive of calls. Output: rows, a HAR document, the differences found by a replay.
It never stores a token or a secret and never changes an answer.
"""
