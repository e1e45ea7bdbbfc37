"""A recorded run as test data: an HTTP archive in; rows for the mock's world, or a scenario of faults, out.

Never keeps a name, id, text, exact time or exact count of an answer.
"""
