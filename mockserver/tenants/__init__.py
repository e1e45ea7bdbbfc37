"""What a client key stands for: options, a virtual clock, tokens, quota, open searches.

Input: the text of a client key, and calls that count against it. Output: the state of one organisation.
It knows no endpoint and never builds an answer.
"""
