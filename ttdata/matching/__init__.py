"""Finding values in files, however these write and pack them: for the leak guard of packages, and for a purge.

Input: values and files. Output: where a value occurs. What cannot be read is named, never passed over.
"""
