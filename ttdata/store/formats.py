"""The format of raw lines and receipts, as a number in each of them.

1  without a number: until November 2026. A line may have no `oddities`, and does not say which fields were requested.
2  a line has `format`, `fields` and `oddities`; a receipt has `format`, `max` and `search`.

`ttdata upgrade` rewrites earlier formats; nothing else reads them.
"""

FORMAT = 2
