"""What the terms of use require of collected data: which records are still available, and when that is due again.

Input: built datasets, and the terms that the study states. Output: the answers below refresh/, a report on the loss in
counts, and tombstones. Deletes nothing from a dataset or its pages, and judges no law: durations are the study's.
"""
