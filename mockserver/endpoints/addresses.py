"""Where the API is: its host, and the path of the token endpoint."""

API_HOST = "open.tiktokapis.com"
TOKEN_PATH = "/v2/oauth/token/"  # noqa: S105
