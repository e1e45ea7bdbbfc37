"""How a build reaches the API: client, credentials, the API's clock, and the bundled mock server.

Input: the settings of a study, and the environment. Output: a ttapi Client. Knows nothing of slices or datasets.
"""
