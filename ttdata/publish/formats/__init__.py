"""The export formats, one small file each; `table.py` lists them.

In: the contents of a dataset (publish/contents.py) and a folder. Out: files of one format in it.
"""
