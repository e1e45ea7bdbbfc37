"""
Export a dataset for other programs, in the formats that the study names.

REQUIRED INPUTS:  datasets/{dataset}.duckdb
OUTPUTS:          exports/{dataset}/    README.txt explains the files
"""


rule export:
    """Export dataset {wildcards.dataset}."""
    input:
        dataset="datasets/{dataset}.duckdb",
    output:
        readme="exports/{dataset}/README.txt",
    log:
        "logs/export/{dataset}.log",
    threads: 2
    resources:
        mem_mb=2000,
    params:
        formats=",".join(plan.exports),
        code=code_digest("export"),
    shell:
        f"{TTDATA}"
        " export {input.dataset:q} --to {params.formats} --out exports/{wildcards.dataset:q}"
        " --threads {threads} --memory {resources.mem_mb} --temporary {resources.tmpdir:q} 2>&1 | tee {log:q}"
