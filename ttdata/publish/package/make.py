"""Makes a package: the twin, the parts, the metadata, the zip file, and then the search for leaks in it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ttdata.errors import Fault, StorageFault
from ttdata.publish.contents import INVENTED, LOW_BITS, MOCK_BITS, Contents, contents
from ttdata.publish.package import members, metadata, twin
from ttdata.publish.package.aggregates import released_hashtags
from ttdata.publish.package.analysis import Work, run_analysis
from ttdata.publish.package.context import Source
from ttdata.publish.package.labels import declared_labels, invented_files, unknown_files, with_files
from ttdata.publish.package.leaks import Guard, Leak
from ttdata.publish.package.private_values import PrivateValues, private_values
from ttdata.publish.package.profiles import write, write_parts
from ttdata.publish.package.studies import Declared, without_people
from ttdata.publish.package.zip_file import put_in_place, write_sums, write_zip
from ttdata.store.paths import Folder
from ttdata.study.packages import PackageSettings
from ttdata.tables.files import Resources

_NOTHING = PrivateValues([], [], [])
# Of invented ids in a dataset of the real API: one in 4,096 ids has the mark by chance.
_BY_CHANCE = 3


class Mixed(Fault):
    """Invented and real data are in one dataset or package. Build them apart; nothing was written."""


@dataclass(frozen=True)
class Made:
    """A finished package: where it is, how many files it has, and what the search for leaks could not read."""

    path: Path
    files: int
    size: int
    values: int
    unread: list[str]
    notes: list[str]


def make_package(
    dataset: Path,
    folder: Folder,
    profile: str,
    out: Path,
    *,
    extras: Sequence[str] = (),
    resources: Resources = Resources(),  # noqa: B008 (immutable)
) -> Made:
    """Package a dataset file. extras: croissant, bagit.

    The same dataset and study give the same bytes. Raises Fault; then an older package of that name is untouched.
    """
    with contents(dataset, resources=resources) as opened, TemporaryDirectory(prefix="ttdata-package-") as temporary:
        _check_unmixed(opened)
        declared = _declared(opened)
        source = _with_twin(opened, dataset, folder, profile, PackageSettings.of(declared), Path(temporary))
        staged = Path(temporary, "package")
        write_parts(source, staged)
        if "croissant" in extras:
            write(staged / metadata.CROISSANT, metadata.croissant(source, staged))
        write(staged / metadata.CRATE, metadata.crate(source, staged))
        write_sums(staged)
        if "bagit" in extras:
            staged = _bagged(source, staged)
        made = out.with_name(f".{out.name}.partial")
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            write_zip(staged, made)
            unread, searched = _search(source, made, staged, Path(temporary))
            size = made.stat().st_size
            put_in_place(made, out)
        except OSError as error:
            raise StorageFault(f"{error.filename or out} cannot be written: {error.strerror}.") from None
        finally:
            made.unlink(missing_ok=True)
        files = sum(path.is_file() for path in staged.rglob("*"))
        return Made(out, files, size, searched, unread, _notes(source))


def _declared(opened: Contents) -> Declared:
    (text,) = opened.con.execute("SELECT declared::VARCHAR FROM study").fetchall()[0]
    declared: Declared = json.loads(text)
    declared = without_people(declared)
    # A package is of one dataset; the study may have others.
    return declared | {"datasets": {opened.about.dataset: declared["datasets"][opened.about.dataset]}}


def _check_unmixed(opened: Contents) -> None:
    tables = {table.name for table in opened.all_tables}
    for table in ("videos", "comments"):
        if table in tables:
            query = f"SELECT count(*) FILTER (id & {LOW_BITS} = {MOCK_BITS}), count(*) FROM {table}"
            invented, rows = opened.con.execute(query).fetchall()[0]
            by_chance = _BY_CHANCE + rows // 1000
            is_mixed = by_chance < invented < rows
            if is_mixed or (opened.about.is_invented and invented < rows):
                raise Mixed(
                    f"The table {table} mixes invented and real data: {invented:,} of {rows:,} ids carry the mark of "
                    f"the mock server, and the study's API is {opened.about.api}. Build a dataset from one of them."
                )


def _with_twin(
    opened: Contents, dataset: Path, folder: Folder, profile: str, settings: PackageSettings, temporary: Path
) -> Source:
    """What a package is made from, once its twin is built and the analysis has run on that."""
    declared = _declared(opened)
    built, texts = _twin(opened, declared, settings, temporary / "twin")
    file = built.datasets[opened.about.dataset]
    if tables := twin.unmarked(file):
        raise Mixed(f"The twin has ids in {', '.join(tables)} without the mark of invented data. Report this, please.")
    staged = temporary / "package" / "twin"
    rows = twin.write_tables(file, staged / "tables" / opened.about.dataset)
    source = Source(opened, dataset, folder, declared, settings, profile, built, texts, rows)
    members.analysis(source)  # a file that is missing is noticed before a script runs
    for name, path in _outputs_on_twin(source, file, temporary).items():
        write(staged / "outputs" / name, path)
    return source


def _twin(
    opened: Contents, declared: Declared, settings: PackageSettings, place: Path
) -> tuple[twin.Twin, dict[str, str]]:
    """Build the twin, once more if it has labels: these are of the rows that it turns out to have."""
    tenant = twin.tenant_of(declared, opened.about.digest)
    labels = declared_labels(declared)
    study = with_files(declared, [each.name for each in labels])
    texts = twin.twin_files(study, tenant, place / "home") | unknown_files(opened, labels)
    built = _built(texts, place)
    if labels:
        dataset = built.datasets[opened.about.dataset]
        texts |= invented_files(opened, labels, dataset, settings.publish_labels)
        built = _built(texts, place)
    return built, texts


def _built(texts: Mapping[str, str], place: Path) -> twin.Twin:
    for name, text in texts.items():
        write(place / name, text)
    return twin.build_twin(place / "config.yaml", place / "built")


def _outputs_on_twin(source: Source, file: Path, temporary: Path) -> dict[str, Path]:
    """What the analysis writes on the twin. It runs twice: what differs could not be compared by a reader."""
    settings = source.settings
    if not settings.analysis:
        return {}
    work = Work(settings.analysis, settings.outputs)
    first, second = (
        run_analysis(work, source.folder.root, file, temporary / f"run{number}" / "study") for number in (1, 2)
    )
    for name, path in first.items():
        if path.read_bytes() != second[name].read_bytes():
            raise Fault(
                f"{name} differs between two runs on the same data, so nobody could check it. Fix what changes: a "
                "seed, a date, an order. For matplotlib's SVG files: plt.rcParams['svg.hashsalt'] = 'fixed'"
            )
    return first


def _bagged(source: Source, staged: Path) -> Path:
    bag = staged.with_name("bag")
    bag.mkdir()
    staged.rename(bag / "data")
    for name, text in metadata.bag(source, bag).items():
        write(bag / name, text)
    return bag


def _search(source: Source, archive: Path, staged: Path, temporary: Path) -> tuple[list[str], int]:
    """Search the finished file. Raises Leak. Returns what could not be read, and how many values were searched for."""
    opened, settings = source.contents, source.settings
    public = source.is_public
    values = private_values(opened, source.shown_labels, ids=not source.has_ids) if public else _NOTHING
    harmless = [*members.study(source).values(), *members.fixed_texts(), *_names(source)] if public else []
    guard = Guard(
        values,
        [str(each) for each in harmless],
        released_hashtags(opened, settings.k, source.account_names) if public else (),
        folders=(source.folder.root, temporary),
    )
    prefix = "data/" if any(path.name == "bagit.txt" for path in staged.iterdir()) else ""
    searched = guard.search(
        archive,
        excluded=lambda name: name.startswith(f"{prefix}twin/"),
        # Only a package of everything has this folder.
        received=lambda name: name.startswith(f"{prefix}data/"),
    )
    if searched.found:
        raise Leak(searched.found, source.profile)
    return searched.unread if public else [], len(values)


def _names(source: Source) -> list[str]:
    """Words that are in every package of this dataset: its own name, those of its tables, and what the study says."""
    about = source.contents.about
    words = [about.study, about.dataset, about.software, source.title, *source.settings.allowed]
    columns = [
        f"{table.name} {' '.join(column.name for column in table.columns)}" for table in source.contents.all_tables
    ]
    return [*words, *columns, INVENTED]


def _notes(source: Source) -> list[str]:
    """What the author should know."""
    empty = [
        name for name, rows in source.twin_rows.items() if not rows and source.rows(name) and name not in _MAY_BE_EMPTY
    ]
    notes = []
    if empty:
        notes.append(
            f"The twin has no rows in {', '.join(empty)}, so an analysis of these is not tested by it: the mock server "
            "has nothing that matches the study."
        )
    if source.hides_accounts:
        notes.append(
            "The accounts that the study names are pseudonyms in the package: a reader must ask you for the list."
        )
    if source.hidden_labels:
        notes.append(
            f"The package does not contain your labels ({', '.join(source.hidden_labels)}). A public package has those "
            "that the study publishes, such as package: {publish_labels: [codes]}"
        )
    return notes


_MAY_BE_EMPTY = ("list_entries", "oddities", "removed", "slices_cut", "slices_unknown", "study_epochs", "videos_gone")
