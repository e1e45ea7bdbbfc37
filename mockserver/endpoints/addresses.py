"""Where the API is: its host, and the path that gives out tokens."""

API_HOST = "open.tiktokapis.com"
TOKEN_PATH = "/v2/oauth/token/"  # noqa: S105
