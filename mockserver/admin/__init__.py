"""The pages under /__mock__/: health, clocks, quotas, quirks, scenarios, rows, snapshots, and the control panel.

Input: requests to /__mock__/ with the admin token. Output: JSON, one HTML page, and changes of tenants.
It never answers a request to the API and costs no quota.
"""
