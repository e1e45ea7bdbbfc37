"""What the stored answers of a slice or shard say: which windows and items are done, in which state that leaves it.

Input: the lines of one raw file. Output: windows, items and verdicts. Pure, so every process sees the same and a job
that was stopped anywhere continues where it was. Sends no request and writes nothing.
"""
