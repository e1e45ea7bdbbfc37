"""
Check a dataset: what was requested against what was returned.

REQUIRED INPUTS:  datasets/{dataset}.duckdb
OUTPUTS:          reports/{dataset}.audit.json      for programs
                  reports/{dataset}.html            for people
                  reports/{dataset}.accepted        no fault was found (only with `audit: {strict: true}`)
"""


rule audit:
    """Audit dataset {wildcards.dataset}. Findings do not fail the build."""
    input:
        plan=folder.plan,
        dataset="datasets/{dataset}.duckdb",
    output:
        report="reports/{dataset}.audit.json",
        page=report(
            "reports/{dataset}.html",
            category="Datasets",
            labels={"dataset": "{dataset}"},
        ),
    log:
        "logs/audit/{dataset}.log",
    params:
        code=code_digest("report"),
    shell:
        f"{TTDATA}"
        " audit --plan {input.plan:q} --dataset {wildcards.dataset:q} --quiet 2>&1 | tee {log:q}"


rule accept:
    """Fail if the audit of {wildcards.dataset} found a fault."""
    input:
        report="reports/{dataset}.audit.json",
    output:
        accepted=touch("reports/{dataset}.accepted"),
    log:
        "logs/accept/{dataset}.log",
    shell:
        f"{TTDATA}" " accept {input.report:q} 2>&1 | tee {log:q}"
