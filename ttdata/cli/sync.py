"""The commands `sync push` and `sync pull`: the paid answers of a folder in a bucket, and back."""

from pathlib import Path

import click

from ttdata.cli.holding import held
from ttdata.cli.messages import sentences
from ttdata.cli.options import FILE
from ttdata.store.paths import Folder
from ttdata.study.templates import STUDY
from ttdata.text import count, folded, some

ADDRESS = click.argument("address", metavar="s3://BUCKET/PREFIX")


@click.group()
def sync() -> None:
    """Mirror raw pages and receipts to a bucket, or restore them from it.

    The client reads credentials, region and server (AWS_ENDPOINT_URL) from the environment or from ~/.aws.

    Exit status: 0 done, 75 run the same command again (the network failed), 1 look at the message.
    """


@sync.command()
@ADDRESS
@click.argument("study", type=FILE, required=False)
@click.option("--directory", type=FILE, help="Where the study is built. Default: the folder of STUDY.")
def push(address: str, study: Path | None, directory: Path | None) -> None:
    """Send the raw pages that a bucket does not have yet, and STUDY (default: ./config.yaml) with its lists.

    Stop it at any time: the same command continues. Nothing in the bucket is deleted.
    """
    from ttdata.comply.purge.journal import refuse_during_purge
    from ttdata.sync.bucket import Bucket
    from ttdata.sync.push import push as push_files

    folder = Folder(directory if directory is not None else study.parent if study else Path())
    with sentences(folder), held(folder):
        refuse_during_purge(folder)
        bucket = Bucket.at(address)
        pushed = push_files(folder, study or folder.root / STUDY, bucket)
    print(
        f"Sent {count(len(pushed.sent), 'file')} ({pushed.bytes:,} bytes) to {bucket}; "
        f"{len(pushed.present):,} were there already."
    )
    if pushed.longer:
        print(folded(f"The mirror has more pages than this folder of {some(pushed.longer)}; pull to get them."))


@sync.command()
@ADDRESS
@click.option("--directory", type=FILE, default=Path(), help="The folder to restore. Default: here.")
def pull(address: str, directory: Path) -> None:
    """Restore the files of a mirror; a build of them sends no request and gives the same digest.

    Stop it at any time: the same command continues. No page that is here is lost.
    """
    from ttdata.comply.purge.journal import refuse_during_purge
    from ttdata.sync.bucket import Bucket
    from ttdata.sync.pull import pull as pull_files

    folder = Folder(directory)
    with sentences(folder), held(folder):
        refuse_during_purge(folder)
        bucket = Bucket.at(address)
        pulled = pull_files(folder, bucket)
    print(
        f"Received {count(len(pulled.received), 'file')} ({pulled.bytes:,} bytes) from {bucket}; "
        f"{len(pulled.present):,} were here already."
    )
    if pulled.kept:
        print(
            folded(f"Kept as they are here, since the mirror has an earlier or another version: {some(pulled.kept)}.")
        )
