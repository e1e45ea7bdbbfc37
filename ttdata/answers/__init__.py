"""What follows from the stored answers of a slice or shard: which windows and items are done, and its state.

Input: the lines of one raw file. Output: windows, items and verdicts. Pure, so every process sees the same and a job
that was stopped anywhere continues where it was. Sends no request and writes nothing.
"""
