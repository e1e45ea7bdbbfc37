"""What is on disk, not why: paths of a study's folder, raw pages, receipts, id files, events and stops of a build.

Knows files and their formats. Decides nothing: which file is written or read, the folders above say.
"""
