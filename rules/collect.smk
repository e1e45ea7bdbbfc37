"""
Ask the API, keep every answer.

REQUIRED INPUTS:  plan.json
OUTPUTS:          raw/{host}/videos/{slice}.receipt.json      a search; beside it the pages, which no failed job may delete
                  ids/{dataset}/{source}.txt                  whom a chained source asks about
                  ids/{dataset}/videos.txt                    ids of the study's list that were not found where they should be
                  raw/{host}/videos/{again}.receipt.json      a second look for these
                  raw/{host}/{source}/{shard}.receipt.json    a part of a chained source; its pages lie with its kind
A later round of either has a name of its own: {slice}.2, {shard}.2.
"""

# Once the build is stopped, by the quota or by what concerns all jobs, no further job starts.
GO_ON = f"test ! -e {layout.STOPPED} || exit 75; "


wildcard_constraints:
    host=re.escape(plan.host),
    slice=r"[0-9a-f]{16}(\.[0-9]+)?",
    again="again-[0-9a-f]{16}",
    source=f"({'|'.join(KINDS)})(_[a-z0-9_]+)?",
    dataset="[a-z0-9][a-z0-9_-]*",
    number=r"[0-9]+of[0-9]+(\.[0-9]+)?",


rule collect:
    """Ask for slice {wildcards.slice}; goes on at the next page if it was stopped."""
    input:
        # A slice is named by what it asks: a plan that changed elsewhere does not concern it.
        plan=ancient(layout.PLAN),
    output:
        receipt="raw/{host}/videos/{slice}.receipt.json",
    log:
        "logs/collect/{host}/videos/{slice}.log",
    # It waits for the network: streams limit it, not cores.
    threads: 0
    resources:
        streams=1,
    params:
        waived=lambda found: plan.waiver("videos", found.slice) is not None,
    shell:
        GO_ON
        + "python -m ttdata collect --plan {input.plan:q} --slice {wildcards.slice:q}"
        " --receipt {output.receipt:q} 2>&1 | tee {log:q}"


rule missing:
    """List the ids of {wildcards.dataset} that were not found on the day that stands in them."""
    input:
        plan=layout.PLAN,
        receipts=lambda found: plan.first_look(found.dataset),
    output:
        ids="ids/{dataset}/videos.txt",
    log:
        "logs/missing/{dataset}.log",
    params:
        selection=lambda found: plan.selection(found.dataset, "videos"),
    shell:
        "python -m ttdata missing --plan {input.plan:q} --dataset {wildcards.dataset:q} --out {output.ids:q}"
        " 2>&1 | tee {log:q}"


rule look_again:
    """Search one more window for the ids that were not found; none is searched for there twice."""
    input:
        plan=ancient(layout.PLAN),
        ids=lambda found: layout.ids(plan.owner(found.again), "videos"),
    output:
        receipt="raw/{host}/videos/{again}.receipt.json",
    log:
        "logs/collect/{host}/videos/{again}.log",
    threads: 0
    resources:
        streams=1,
    params:
        waived=lambda found: plan.waiver("videos", found.again) is not None,
    shell:
        GO_ON
        + "python -m ttdata collect --plan {input.plan:q} --slice {wildcards.again:q} --ids {input.ids:q}"
        " --receipt {output.receipt:q} 2>&1 | tee {log:q}"


rule rank:
    """List whom {wildcards.source} of {wildcards.dataset} asks about, from the pages of its parent."""
    input:
        plan=layout.PLAN,
        receipts=lambda found: plan.receipts(
            found.dataset, plan.dataset(found.dataset).step(found.source).of
        ),
    output:
        ids="ids/{dataset}/{source}.txt",
    log:
        "logs/rank/{dataset}-{source}.log",
    params:
        selection=lambda found: plan.selection(found.dataset, found.source),
    shell:
        "python -m ttdata rank --plan {input.plan:q} --dataset {wildcards.dataset:q} --source {wildcards.source:q}"
        " --out {output.ids:q} 2>&1 | tee {log:q}"


rule collect_shard:
    """Ask about part {wildcards.number} of the ids of {wildcards.source}; none is asked about twice."""
    input:
        plan=layout.PLAN,
        ids="ids/{dataset}/{source}.txt",
    output:
        receipt="raw/{host}/{source}/{dataset}-{number}.receipt.json",
    log:
        "logs/collect/{host}/{source}/{dataset}-{number}.log",
    threads: 0
    resources:
        streams=1,
    params:
        store=lambda found: plan.dataset(found.dataset).step(found.source).store,
        waived=lambda found: plan.waiver(
            found.source, f"{found.dataset}-{found.number}"
        )
        is not None,
    shell:
        GO_ON
        + "python -m ttdata collect --plan {input.plan:q} --dataset {wildcards.dataset:q} --source {wildcards.source:q}"
        " --shard {wildcards.number:q} --ids {input.ids:q} --receipt {output.receipt:q} 2>&1 | tee {log:q}"
