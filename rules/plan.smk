"""
Print what will be requested, before anything is.

REQUIRED INPUTS:  the study, as Snakemake put it together from its files and --config
OUTPUTS:          plan.json
"""


rule plan:
    """Plan the searches and shards of the study. No request is sent."""
    output:
        plan=folder.plan,
    log:
        "logs/plan.log",
    localrule: True
    params:
        study=folder.study,
        digest=plan.digest,
    shell:
        f"{TTDATA}"
        " plan {params.study:q} --directory . --out {output.plan:q} 2>&1 | tee {log:q}"
