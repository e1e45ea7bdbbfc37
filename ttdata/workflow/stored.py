"""The bucket to which a build copies what it makes, if a profile or an option of Snakemake names one.

A study cannot name it: anybody may have written a study, and the credentials are those of the user.
"""

import sys
from typing import Any

from ttdata.plan.plan import Plan
from ttdata.text import folded

_NOT_AS_DEFAULT = (
    "--default-storage-provider does not work here: raw pages, receipts and plans must be files of this machine. Leave "
    "it out. --default-storage-prefix alone copies datasets, reports, exports and packages to the bucket "
    "(docs/object-storage.md)."
)


def bucket_of(settings: Any) -> str:
    """The address s3://BUCKET/PREFIX in Snakemake's storage settings; "" if they have none.

    Ends Snakemake with a sentence if all files are to be in a bucket.
    """
    if settings.default_storage_provider not in (None, "", "none"):
        sys.exit(folded(_NOT_AS_DEFAULT))
    prefix = settings.default_storage_prefix or ""
    return str(prefix).rstrip("/") if str(prefix).startswith("s3://") else ""


def copies(plan: Plan) -> list[str]:
    """The names that everything a build makes has in the bucket: folders, and the files of packages."""
    kinds = ("datasets", "reports", "exports") if plan.exports else ("datasets", "reports")
    folders = [f"{kind}/{dataset.name}" for dataset in plan.datasets for kind in kinds]
    packages = [f"packages/{dataset.name}-{profile}.zip" for dataset in plan.datasets for profile in plan.packages]
    return folders + packages
