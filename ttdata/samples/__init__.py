"""Sample datasets, for teaching and for applications for access: a folder in, a dataset of each design in it out.

They are collected from the bundled mock server and built in this process. Never sends anything to the real API.
"""
