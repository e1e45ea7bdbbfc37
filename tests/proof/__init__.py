"""Proof that nothing is lost: what is too slow for the tests, as claims, each with its number of trials."""
