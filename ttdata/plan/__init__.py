"""What will be requested and what it costs, known before the first request.

Input: a Study, and the receipts and raw pages already on disk. Output: a Plan (plan.json), its cost, what is due again,
and the state of a build. Sends no request; writes plan.json only.
"""
