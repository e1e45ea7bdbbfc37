"""The one version number of the project; pyproject.toml reads it from here."""

VERSION = "0.2.0"
