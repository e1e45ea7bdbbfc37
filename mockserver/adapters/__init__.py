"""Adapters between the core and its clients: a server on a socket, a proxy, a thread in a test, requests, httpx, WSGI.

Input: requests in the form of the other library. Output: the core's responses in that form, with the faults of the
connection. An adapter never decides what the API answers.
"""
