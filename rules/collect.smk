"""
Request every slice and shard, and store every answer.

REQUIRED INPUTS:  plan.json
OUTPUTS:          raw/{host}/videos/{slice}.receipt.json      a search; next to it the pages, which no failed job may delete
                  ids/{dataset}/{source}.txt                  the items that a source requests
                  ids/{dataset}/videos.txt                    ids of the study's list that were not found around their day
                  raw/{host}/videos/{again}.receipt.json      a search for these
                  raw/{host}/{source}/{shard}.receipt.json    a part of a source; its pages are in the folder of its kind
A later round of either has a name of its own: {slice}.2, {shard}.2.
"""

# Once the build is stopped, by the quota or an error that concerns all jobs, no further job starts.
GO_ON = f'! grep -qs "${{{{TTDATA_BUILD:-}}}}" {folder.stop} || exit 75; '


wildcard_constraints:
    host=re.escape(plan.host),
    slice=r"[0-9a-f]{16}(\.[0-9]+)?",
    again="again-[0-9a-f]{16}",
    source=f"({'|'.join(KINDS)})(_[a-z0-9_]+)?",
    dataset="[a-z0-9][a-z0-9_-]*",
    number=r"[0-9]+of[0-9]+(\.[0-9]+)?",


rule collect:
    """Request slice {wildcards.slice}; continues at the next page if it was stopped."""
    input:
        # A slice is named by its request: a plan that changed elsewhere does not concern it.
        plan=ancient(folder.plan),
        before=lambda wildcards: ancient(plan.receipts_before_draw(wildcards.slice)),
    output:
        receipt="raw/{host}/videos/{slice}.receipt.json",
    log:
        "logs/collect/{host}/videos/{slice}.log",
    # It waits for the network: streams limit it, not cores.
    threads: 0
    resources:
        streams=1,
    params:
        waived=lambda wildcards: plan.waiver("videos", wildcards.slice) is not None,
    shell:
        f"{GO_ON}{TTDATA}"
        " collect --plan {input.plan:q} --slice {wildcards.slice:q}"
        " --receipt {output.receipt:q} 2>&1 | tee {log:q}"


rule missing:
    """List the ids of {wildcards.dataset} that were not found around the day that they contain."""
    input:
        plan=folder.plan,
        receipts=lambda wildcards: plan.receipts_before_missing(wildcards.dataset),
    output:
        ids="ids/{dataset}/videos.txt",
    log:
        "logs/missing/{dataset}.log",
    params:
        selection=lambda wildcards: plan.selection(wildcards.dataset, "videos"),
        code=code_digest("dataset"),
    shell:
        f"{TTDATA}"
        " missing --plan {input.plan:q} --dataset {wildcards.dataset:q} --out {output.ids:q}"
        " 2>&1 | tee {log:q}"


rule collect_missing:
    """Search one more window for the ids that were not found; none is searched for there twice."""
    input:
        plan=ancient(folder.plan),
        ids=lambda wildcards: folder.ids(plan.owner(wildcards.again), "videos"),
    output:
        receipt="raw/{host}/videos/{again}.receipt.json",
    log:
        "logs/collect/{host}/videos/{again}.log",
    threads: 0
    resources:
        streams=1,
    params:
        waived=lambda wildcards: plan.waiver("videos", wildcards.again) is not None,
    shell:
        f"{GO_ON}{TTDATA}"
        " collect --plan {input.plan:q} --slice {wildcards.again:q} --ids {input.ids:q}"
        " --receipt {output.receipt:q} 2>&1 | tee {log:q}"


rule rank:
    """List the items that {wildcards.source} of {wildcards.dataset} requests, from the pages of its parent."""
    input:
        plan=folder.plan,
        receipts=lambda wildcards: plan.receipts(
            wildcards.dataset,
            plan.dataset(wildcards.dataset).source(wildcards.source).of,
        ),
    output:
        ids="ids/{dataset}/{source}.txt",
    log:
        "logs/rank/{dataset}-{source}.log",
    params:
        selection=lambda wildcards: plan.selection(wildcards.dataset, wildcards.source),
        code=code_digest("dataset"),
    shell:
        f"{TTDATA}"
        " rank --plan {input.plan:q} --dataset {wildcards.dataset:q} --source {wildcards.source:q}"
        " --out {output.ids:q} 2>&1 | tee {log:q}"


rule collect_shard:
    """Request part {wildcards.number} of the items of {wildcards.source}; none is requested twice."""
    input:
        plan=folder.plan,
        ids="ids/{dataset}/{source}.txt",
    output:
        receipt="raw/{host}/{source}/{dataset}-{number}.receipt.json",
    log:
        "logs/collect/{host}/{source}/{dataset}-{number}.log",
    threads: 0
    resources:
        streams=1,
    params:
        requested=lambda wildcards: plan.dataset(wildcards.dataset)
        .source(wildcards.source)
        .requested,
        waived=lambda wildcards: plan.waiver(
            wildcards.source, f"{wildcards.dataset}-{wildcards.number}"
        )
        is not None,
    shell:
        f"{GO_ON}{TTDATA}"
        " collect --plan {input.plan:q} --dataset {wildcards.dataset:q} --source {wildcards.source:q}"
        " --shard {wildcards.number:q} --ids {input.ids:q} --receipt {output.receipt:q} 2>&1 | tee {log:q}"
