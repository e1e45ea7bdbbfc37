"""What was requested and how it was answered: the journal, its export as HAR, and the replay of a HAR.

Input: a call and its answer, or an archive of calls. Output: rows, a HAR document, the differences that a replay finds.
It never stores a token or a secret and never changes an answer.
"""
