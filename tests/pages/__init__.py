"""Pages of the documentation whose blocks are run: as a test, or to write what they print now into the pages."""
