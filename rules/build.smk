"""
Turn pages into a dataset: a pure function of the plan and the pages.

REQUIRED INPUTS:  plan.json, and every receipt of the dataset
OUTPUTS:          datasets/{dataset}.duckdb
"""


rule build:
    """Build dataset {wildcards.dataset} and its content digest."""
    input:
        plan=folder.plan,
        receipts=lambda wildcards: plan.all_receipts(wildcards.dataset),
        ids=lambda wildcards: plan.id_files(wildcards.dataset),
    output:
        dataset="datasets/{dataset}.duckdb",
    log:
        "logs/build/{dataset}.log",
    threads: 2
    resources:
        mem_mb=2000,
    params:
        code=code_digest("dataset"),
        failed=lambda wildcards: failed_builds(plan, wildcards.dataset),
    shell:
        f"{TTDATA}"
        " assemble --plan {input.plan:q} --dataset {wildcards.dataset:q} --threads {threads}"
        " --memory {resources.mem_mb} --temporary {resources.tmpdir:q}"
        " --out {output.dataset:q} 2>&1 | tee {log:q}"
