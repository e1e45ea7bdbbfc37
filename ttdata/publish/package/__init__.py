"""Replication packages: what a reader of a paper needs to rebuild its dataset, and to see what is missing.

In: a dataset file, its study, and for `replicate` and `rehydrate` a zip file that anyone may have made. Out: one zip
file, the same bytes for the same dataset, which was searched for leaks; or a folder with a report. Nothing of a package
is executed before its checksums hold. Only `rehydrate` requests anything, by a build that it starts.
"""
