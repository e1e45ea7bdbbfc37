"""Ways to reach the core: a server on a socket, a proxy, WSGI, httpx, `responses`, a thread inside a test.

Input: requests in the form of the other library. Output: the core's responses in that form, with the faults of the
connection carried out. An adapter never decides what the API answers.
"""
