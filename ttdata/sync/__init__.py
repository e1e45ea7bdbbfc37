"""A study's paid answers in a bucket, and back: raw pages, receipts, and the files that a build elsewhere needs.

Takes a folder and an address s3://BUCKET/PREFIX. Every file that is transferred has its sha256 checked. Never deletes
anything on either side, and never puts raw pages in the place of others that do not begin them.
"""
