"""What is on disk, not why: paths of a study's folder, raw pages, receipts, id files, events and stops of a build.

Knows files and their formats. Decides nothing: the packages above choose which file is written or read.
"""
