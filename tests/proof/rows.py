"""The claims, each with what tries it, and how often by default."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.proof.clocks import wrong_clocks
from tests.proof.fuzz import damaged_answers, damaged_files, random_requests
from tests.proof.mutants import PARTS, mutants
from tests.proof.network import only_loopback
from tests.proof.observed import observed_quirks
from tests.proof.pages import kill_at_every_page
from tests.proof.power import every_byte_of_the_last_two_pages, unsynced_files_dropped
from tests.proof.purges import killed_purges
from tests.proof.result import Result
from tests.proof.secrets import no_secret_in_any_file
from tests.proof.soak import flat_memory
from tests.proof.studies import any_split, random_studies
from tests.proof.surroundings import other_places, readers_of_a_rebuild
from tests.proof.tested import script, tests


@dataclass(frozen=True)
class Row:
    """A claim. run: (trials, seed) -> Result; trials: how many are asked for, 0 where the tests decide."""

    name: str
    claim: str
    run: Callable[[int, int], Result]
    trials: int = 0


ROWS = (
    Row("pages", "killed after each page in turn, no request is sent twice", kill_at_every_page, 1_000),
    Row(
        "moments",
        "killed at random moments (everything, Snakemake, a job, the server), a build continues",
        script("benchmarks/killed_builds.py", "{trials}", "{seed}", counts=r"^ +\d", wrong=r"OTHER|Traceback"),
        200,
    ),
    Row(
        "torn",
        "a raw file that ends at any byte of its last two pages keeps all others",
        every_byte_of_the_last_two_pages,
        20_000,
    ),
    Row("power", "after a power failure, the same study gives the same dataset", unsynced_files_dropped, 40),
    Row("purges", "a purge that gets SIGKILL at any moment is completed, and leaves one version", killed_purges, 50),
    Row("studies", "a random study has exactly the records that plain SQL finds", random_studies, 100),
    Row(
        "splits",
        "in other windows, pages and streams, and however often it is killed, a study gives the same dataset",
        any_split,
        15,
    ),
    Row("moved", "in another place and another time zone, the dataset is the same", other_places, 30),
    Row("clocks", "with a clock that is wrong by years, the dataset and its cost are the same", wrong_clocks, 20),
    Row("readers", "who reads a dataset while builds replace it sees a whole one", readers_of_a_rebuild, 500),
    Row(
        "places",
        "full disks, folders that cannot be written, moved folders, damaged files, two builds at once",
        tests(
            *("tests/workflow/test_bad_input.py", "tests/workflow/test_whole_builds.py", "tests/ttdata/store"),
            *("tests/workflow/test_several_hosts.py", "tests/ttdata/workflow/test_repair.py"),
        ),
    ),
    Row(
        "times",
        "clocks that are wrong, days that begin elsewhere, waves, settling",
        tests("tests/workflow/test_time.py", "tests/ttdata/plan/test_rounds.py"),
    ),
    Row(
        "formats",
        "pages of earlier versions give the datasets of those versions",
        tests("tests/workflow/test_earlier_formats.py"),
    ),
    Row(
        "edits",
        "an edited study equals a fresh build, and requests only what is new",
        tests("tests/ttdata/test_edited_studies.py", "tests/ttdata/test_edited_panels.py"),
    ),
    Row(
        "faults",
        "no fault of the API makes a build succeed with records missing and nothing said",
        script("benchmarks/fault_matrix.py", counts=r"^\S+ +\S", wrong=r"SILENT"),
    ),
    Row(
        "input",
        "bad studies, lists, files and packages end with a sentence",
        tests("tests/ttdata/study", "tests/ttdata/publish/package/test_replicate.py", "tests/ttapi/test_reading.py"),
    ),
    Row(
        "observed",
        "everything observed at once is survived, with at most 5 % of requests refused or repeated",
        observed_quirks,
        10,
    ),
    Row("files", "a damaged file of any kind ends a command with a sentence", damaged_files, 1_000),
    Row("answers", "damaged answers of the API end with a known error, or are made up for", damaged_answers, 200),
    Row("requests", "damaged requests are answered by the mock server", random_requests, 20_000),
    Row("secrets", "builds that fail in twenty ways leave no secret and no token anywhere", no_secret_in_any_file, 20),
    Row("network", "where only the loopback interface exists, everything works", only_loopback, 1),
    Row(
        "soak",
        "a million records with observed quirks: after the first quarter, memory grows by at most 10 %",
        flat_memory,
        1_000_000,
    ),
    *(
        Row(f"mutants-{name}", f"tests notice at least 85 % of the small changes of {name}", mutants(name), 200)
        for name in PARTS
    ),
)
