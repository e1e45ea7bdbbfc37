"""
Say what will be asked, before anything is.

REQUIRED INPUTS:  the study, as Snakemake put it together from its files and --config
OUTPUTS:          plan.json
"""


rule plan:
    """Work out the searches and shards of the study. No request is sent."""
    output:
        plan=layout.PLAN,
    log:
        "logs/plan.log",
    localrule: True
    params:
        study=layout.STUDY,
        digest=plan.digest,
    shell:
        "python -m ttdata plan {params.study:q} --out {output.plan:q} 2>&1 | tee {log:q}"
