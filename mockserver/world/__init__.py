"""The generated data as functions of a seed: accounts, videos, comments, times. They use integers only.

Input: a seed, a size, indices, a moment. Output: arrays that are the same on every machine.
It knows nothing about HTTP, tenants, quotas or files of a user.
"""
