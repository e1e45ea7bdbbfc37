"""A build without Snakemake: a study in, its datasets out, one step after another in one process.

For small studies of the bundled mock server, where starting a process per job would take longer than the jobs: samples
and synthetic twins. The datasets are those that the rules build. Never sends anything to the real API.
"""
