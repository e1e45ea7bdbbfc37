"""
Copy what a build has made to a bucket: only if Snakemake's --default-storage-prefix names one, as in profiles/s3.

REQUIRED INPUTS:  datasets/{dataset}.duckdb, reports/, exports/{dataset}/, packages/
OUTPUTS:          s3://BUCKET/PREFIX/datasets/{dataset}/     the dataset's file, and its Parquet files if it has any
                  s3://BUCKET/PREFIX/reports/{dataset}/
                  s3://BUCKET/PREFIX/exports/{dataset}/
                  s3://BUCKET/PREFIX/packages/{dataset}-{profile}.zip
The local files stay. Raw pages are no outputs of Snakemake: `ttdata sync` mirrors these.
"""

from ttdata.workflow.stored import bucket_of, copies

BUCKET = (
    bucket_of(workflow.storage_settings)
    if workflow.modifier.is_main_snakefile()
    else ""
)
STORED = []
# A bucket has times in whole seconds: a copy that is made within a second of its file would look older than that.
LATER = "sleep 1; "

if BUCKET:

    storage s3:
        provider="s3",

    in_bucket = storage.s3
    STORED = [
        in_bucket(f"{BUCKET}/{name}", retrieve=False) for name in copies(plan)
    ]

    rule store_dataset:
        """Copy dataset {wildcards.dataset} to the bucket."""
        input:
            dataset="datasets/{dataset}.duckdb",
        output:
            stored=in_bucket(f"{BUCKET}/datasets/{{dataset}}"),
        log:
            "logs/store/datasets/{dataset}.log",
        shell:
            f"{LATER}"
            "{{ mkdir -p {output.stored:q} && cp -R datasets/{wildcards.dataset:q}.* {output.stored:q}; }} 2>&1 | tee {log:q}"

    rule store_report:
        """Copy the report on {wildcards.dataset} to the bucket."""
        input:
            report="reports/{dataset}.audit.json",
            page="reports/{dataset}.html",
        output:
            stored=in_bucket(f"{BUCKET}/reports/{{dataset}}"),
        log:
            "logs/store/reports/{dataset}.log",
        shell:
            f"{LATER}"
            "{{ mkdir -p {output.stored:q} && cp {input:q} {output.stored:q}; }} 2>&1 | tee {log:q}"

    rule store_export:
        """Copy the export of {wildcards.dataset} to the bucket."""
        input:
            readme="exports/{dataset}/README.txt",
        output:
            stored=in_bucket(f"{BUCKET}/exports/{{dataset}}"),
        log:
            "logs/store/exports/{dataset}.log",
        shell:
            f"{LATER}"
            "{{ mkdir -p {output.stored:q} && cp -R exports/{wildcards.dataset:q}/. {output.stored:q}; }} 2>&1 | tee {log:q}"

    rule store_package:
        """Copy the {wildcards.profile} package of {wildcards.dataset} to the bucket."""
        input:
            package="packages/{dataset}-{profile}.zip",
        output:
            stored=in_bucket(f"{BUCKET}/packages/{{dataset}}-{{profile}}.zip"),
        log:
            "logs/store/packages/{dataset}-{profile}.log",
        wildcard_constraints:
            profile="public|aggregate|team|self-archive",
        shell:
            f"{LATER}" "cp {input.package:q} {output.stored:q} 2>&1 | tee {log:q}"
