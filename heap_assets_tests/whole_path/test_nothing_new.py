"""Running again with nothing new starts no Dagster run, reads no data object and writes nothing (law 2)."""

from heap_assets_tests.s3 import S3Server
from heap_assets_tests.worlds import SampleWorld, python


def test_in_a_folder_nothing_is_written_and_nothing_started(finished: SampleWorld) -> None:
    before, said = finished.files(), list[str]()

    report = finished.run(said.append)

    assert finished.files() == before
    assert (report.exit_code, report.runs, report.published) == (0, [], False)
    assert said == ["everything is up to date"]


def test_on_s3_only_the_listing_is_asked_for(on_s3: SampleWorld, s3_server: S3Server) -> None:
    before = on_s3.files()
    s3_server.forget()

    report = on_s3.run()

    assert on_s3.files() == before
    assert report.runs == []
    listing = ("GET", "/heap-rs3-acme?list-type=2")
    assert s3_server.requests() == [listing, ("GET", "/heap-rs3-acme?delimiter=/&list-type=2")]


def test_on_s3_the_first_run_reads_each_object_once_and_never_what_a_full_copy_voids(
    on_s3: SampleWorld, s3_server: S3Server
) -> None:
    read = s3_server.keys_read("heap-rs3-acme", s3_server.first_run)
    voided = on_s3.lake().sql("SELECT delivery FROM deliveries WHERE feed = 'heap/pageviews' AND status = 'superseded'")

    assert {method for method, _ in s3_server.first_run} == {"GET"}
    assert len(read) == len(set(read))
    assert voided.num_rows > 0
    assert [key for dump in voided["delivery"] for key in read if key.startswith(f"sync_{dump}/pageviews/")] == []


def test_dagster_is_not_even_imported(finished: SampleWorld) -> None:
    script = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('dagster' in sys.modules))\n"
        "from heap_assets.cli import main\n"
        "main()\n"
    )

    done = python("-c", script, "run", "--config", str(finished.config))

    assert (done.returncode, done.stdout) == (0, "False\n")
