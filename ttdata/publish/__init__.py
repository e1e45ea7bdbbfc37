"""Makes what people use from a built dataset: exports, codebooks, figures, citations, comparisons.

In: a dataset file, which is only read. Out: files outside it, the same bytes for the same dataset. Never sends a
request and never changes a dataset.
"""
