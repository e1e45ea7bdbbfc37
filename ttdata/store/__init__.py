"""What is on disk, not why: paths of a study's folder, raw pages, receipts, id files, and the build that holds the
folder with its events and stops.

Knows files and their formats. Decides nothing: the packages above choose which file is written or read.
"""
