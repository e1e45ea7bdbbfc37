"""
Check which records of the datasets are still available: `snakemake refresh`, when the terms of the study require it.

REQUIRED INPUTS:  datasets/{dataset}.duckdb
OUTPUTS:          reports/{dataset}.refresh.json    counts, for programs; .refresh.txt for people
                  refresh/{dataset}/                every answer, and the ids that are gone; no job deletes it
"""


rule refresh:
    """Check every dataset that is due."""
    input:
        [folder.loss(dataset.name) for dataset in plan.datasets],


rule refresh_dataset:
    """Check which records of {wildcards.dataset} are still available; sends nothing before that is due."""
    input:
        # A dataset that was built again is not due sooner.
        dataset=ancient("datasets/{dataset}.duckdb"),
        plan=ancient(folder.plan),
    output:
        report="reports/{dataset}.refresh.json",
    log:
        "logs/refresh/{dataset}.log",
    threads: 0
    resources:
        streams=1,
    params:
        due=lambda wildcards: overdue_since(plan, wildcards.dataset),
    shell:
        f"{GO_ON}{TTDATA}" " refresh {wildcards.dataset:q} 2>&1 | tee {log:q}"
