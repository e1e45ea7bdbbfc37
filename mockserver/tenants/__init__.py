"""The clients: what their keys contain, and of each organisation the clock, tokens, quota and open searches.

Input: the text of a client key, and requests that count against it. Output: the state of one organisation.
It knows no endpoint and never builds an answer.
"""
