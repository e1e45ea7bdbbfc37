"""The pages under /__mock__/: health, clocks, quotas, quirks, scenarios, your own rows, snapshots, the control page.

Input: requests to /__mock__/ with the admin token. Output: JSON, one HTML page, and changes to tenants.
It never answers a request to the API, and it costs no quota.
"""
