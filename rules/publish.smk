"""
Export a dataset for other programs, and package it for readers, as the study says.

REQUIRED INPUTS:  datasets/{dataset}.duckdb
OUTPUTS:          exports/{dataset}/    README.txt explains the files
                  packages/{dataset}-{profile}.zip    only with `package: {profiles: [...]}`
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


rule package:
    """Make the {wildcards.profile} package of {wildcards.dataset}, and search it for leaks."""
    input:
        dataset="datasets/{dataset}.duckdb",
        analysis=package_inputs(plan),
    output:
        package="packages/{dataset}-{profile}.zip",
    log:
        "logs/package/{dataset}-{profile}.log",
    wildcard_constraints:
        profile="public|aggregate|team|self-archive",
    threads: 2
    resources:
        mem_mb=2000,
    params:
        code=code_digest("export"),
    shell:
        f"{TTDATA}"
        " package {input.dataset:q} --profile {wildcards.profile} --out {output.package:q}"
        " --threads {threads} --memory {resources.mem_mb} --temporary {resources.tmpdir:q} 2>&1 | tee {log:q}"
