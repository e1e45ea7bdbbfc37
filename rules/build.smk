"""
Turn pages into a dataset: a pure function of the plan and the pages.

REQUIRED INPUTS:  plan.json, every receipt of the dataset, and the files of its labels
OUTPUTS:          datasets/{dataset}.duckdb
"""


rule build:
    """Build dataset {wildcards.dataset} and its content digest."""
    input:
        plan=folder.plan,
        receipts=lambda wildcards: plan.all_receipts(wildcards.dataset),
        ids=lambda wildcards: plan.id_files(wildcards.dataset),
        labels=lambda wildcards: labels[wildcards.dataset],
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
        labels=lambda wildcards: label_digests(labels[wildcards.dataset]),
    shell:
        f"{TTDATA}"
        " assemble --plan {input.plan:q} --dataset {wildcards.dataset:q} --threads {threads}"
        " --memory {resources.mem_mb} --temporary {resources.tmpdir:q}"
        " --out {output.dataset:q} {input.labels:q} 2>&1 | tee {log:q}"
