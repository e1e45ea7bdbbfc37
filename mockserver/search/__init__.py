"""What a search can return: parameters, queries, records, and your own rows beside the world.

Input: values of a request's body, a world, a moment. Output: indices of videos, and records as the API returns them.
It knows no tenant and no endpoint.
"""
