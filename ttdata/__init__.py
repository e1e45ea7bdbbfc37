"""The dataset builder: a study becomes a plan, answers of the API, and a DuckDB dataset."""

__version__ = "0.1.0"
