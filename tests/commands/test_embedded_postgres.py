"""The PostgreSQL that Ombud brings along: it starts, is found again, and survives what machines do to it."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ombud import __main__ as command_line
from ombud.plumbing import embedded_postgres, postgres_cluster, postgres_programs
from ombud.plumbing.embedded_postgres import DatabaseUnavailable

PROJECT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become someone else")
as_somebody = pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    yield folder
    embedded_postgres.stop(folder)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "home"
    embedded_postgres.start(folder)
    embedded_postgres.stop(folder)
    return folder


@pytest.fixture
def made(made_once: Path, tmp_path: Path) -> Iterator[Path]:
    """A home that has been in use before: a copy, since each test breaks it in its own way."""
    folder = tmp_path / "made"
    subprocess.run(["cp", "-a", made_once, folder], check=True)
    yield folder
    embedded_postgres.stop(folder)


def connect(home: Path) -> psycopg.Connection:
    database = embedded_postgres.django_database(home)
    return psycopg.connect(dbname=database["NAME"], user=database["USER"], host=database["HOST"], port=database["PORT"])


def kill(pid: int, home: Path) -> None:
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while embedded_postgres.status(home).pid:
        assert time.monotonic() < deadline, "the killed server is still seen"
        time.sleep(0.01)


def test_a_new_home_gets_a_database_that_is_asked_for_in_any_script(home: Path):
    started = embedded_postgres.start(home)
    assert not started.adopted
    with connect(home) as connection:
        row = connection.execute("SELECT upper('çñé'), lower('ΣΊΣΥΦΟΣ'), current_database()").fetchone()
        names = ("server_encoding", "data_checksums", "fsync", "listen_addresses", "TimeZone")
        settings = [connection.execute(f"SHOW {name}").fetchone()[0] for name in names]
    assert row == ("ÇÑÉ", "σίσυφοσ", "ombud")
    assert settings == ["UTF8", "on", "on", "", "UTC"]


def test_only_the_owner_can_come_near_the_socket(home: Path):
    embedded_postgres.start(home)
    folder = embedded_postgres.socket_dir(home)
    assert [path.stat().st_mode & 0o777 for path in (folder, home / "postgres", home / "postgres/data")] == [
        0o700,
        0o700,
        0o700,
    ]


def test_the_second_start_finds_the_first(made: Path):
    first = embedded_postgres.start(made)
    began = time.monotonic()
    second = embedded_postgres.start(made)
    assert (first.adopted, second.adopted, second.pid) == (False, True, first.pid)
    assert time.monotonic() - began < 0.5


def test_twenty_starts_at_once_make_one_server(made: Path):
    found: list[embedded_postgres.Started] = []
    threads = [threading.Thread(target=lambda: found.append(embedded_postgres.start(made))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert len({started.pid for started in found}) == 1
    assert [started.adopted for started in found].count(False) == 1


def test_what_was_committed_survives_a_killed_server(made: Path):
    killed = embedded_postgres.start(made)
    with connect(made) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    kill(killed.pid, made)
    again = embedded_postgres.start(made)
    assert again.pid != killed.pid
    with connect(made) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_server_killed_while_a_client_is_busy_starts_again(made: Path):
    killed = embedded_postgres.start(made)
    busy = connect(made)
    busy.execute("BEGIN")
    kill(killed.pid, made)
    assert embedded_postgres.start(made).pid != killed.pid
    with pytest.raises(psycopg.OperationalError):
        busy.execute("SELECT 1")
    busy.close()


def test_the_server_outlives_the_process_that_started_it(made: Path):
    code = (
        "import os, pathlib, sys; from ombud.plumbing import embedded_postgres as postgres;"
        "print(postgres.start(pathlib.Path(sys.argv[1])).pid, flush=True); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, made], cwd=PROJECT, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL
    assert embedded_postgres.start(made) == embedded_postgres.Started(int(ended.stdout), adopted=True)


def test_a_number_that_now_belongs_to_another_process_is_not_taken_for_the_server(made: Path):
    # As after a container restarts: the pid file is there, and the number is someone else's.
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        pid_file = made / "postgres/data/postmaster.pid"
        pid_file.write_text(f"{sleeper.pid}\n{made}/postgres/data\n1\n5432\n{made}/postgres/socket\n\n1 1\nready\n")
        shutil.copystat(made / "postgres/data/PG_VERSION", pid_file)
        assert embedded_postgres.status(made).pid == 0
        assert embedded_postgres.start(made).pid != sleeper.pid
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_half_made_database_is_made_anew(home: Path):
    half = home / "postgres" / "data.unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert not embedded_postgres.start(home).adopted
    assert not half.exists()


def test_stopping_twice_is_no_mistake(made: Path):
    embedded_postgres.start(made)
    assert embedded_postgres.status(made).ready
    assert embedded_postgres.stop(made)
    assert not embedded_postgres.stop(made)
    assert embedded_postgres.status(made) == embedded_postgres.Status(made / "postgres", pid=0, ready=False)


def test_a_home_too_deep_for_a_socket_gets_one_elsewhere(tmp_path: Path):
    deep = tmp_path / ("d" * 60) / ("e" * 60) / "home"
    folder = embedded_postgres.socket_dir(deep)
    assert tmp_path not in folder.parents
    try:
        embedded_postgres.start(deep)
        assert folder.stat().st_mode & 0o777 == 0o700
        connect(deep).close()
    finally:
        embedded_postgres.stop(deep)
        shutil.rmtree(folder)


@pytest.mark.parametrize("length", range(60, 110))
def test_the_path_of_the_socket_always_fits(length: int):
    home = Path("/srv") / ("x" * (length - len("/srv/")))
    path = embedded_postgres.socket_dir(home) / ".s.PGSQL.5432"
    assert len(os.fsencode(path)) <= 107


def test_a_socket_folder_that_someone_else_made_is_refused(tmp_path: Path):
    deep = tmp_path / ("d" * 120) / "home"
    folder = embedded_postgres.socket_dir(deep)
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(DatabaseUnavailable, match="someone else made it"):
            embedded_postgres.start(deep)
    finally:
        folder.unlink()


@pytest.mark.parametrize("name", ["a $HOME b", 'quo"te', "it's", "comma,comma", "Zürich", "back\\slash"])
def test_a_home_may_have_any_name(made_once: Path, tmp_path: Path, name: str):
    home = tmp_path / name
    subprocess.run(["cp", "-a", made_once, home], check=True)
    try:
        embedded_postgres.start(home)
        connect(home).close()
    finally:
        embedded_postgres.stop(home)
        if not embedded_postgres.socket_dir(home).is_relative_to(home):
            shutil.rmtree(embedded_postgres.socket_dir(home))


@pytest.mark.parametrize("place", ["home", "home/postgres"])
def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path, place: str):
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("a file")
    with pytest.raises(DatabaseUnavailable, match="is a file where Ombud needs a folder") as refused:
        embedded_postgres.start(tmp_path / "home")
    assert str(tmp_path / place) in refused.value.message


@as_somebody
def test_a_home_that_cannot_be_written_is_named(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(DatabaseUnavailable, match="Set OMBUD_HOME to a folder"):
        embedded_postgres.start(tmp_path / "home")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any account can reach, which pytest's own are not."""
    folder = Path(tempfile.gettempdir()) / f"ombud-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    yield folder
    embedded_postgres.stop(folder / "home")
    shutil.rmtree(folder)


def start_as(name: str, home: Path) -> str:
    """Start the database as another user, in a child process; return what came of it in words."""
    account = pwd.getpwnam(name)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        try:
            outcome = str(embedded_postgres.start(home))
        except DatabaseUnavailable as refused:
            outcome = refused.message
        os.write(writing, outcome.encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return pipe.read()


@as_root
def test_an_ordinary_user_runs_it_as_themselves_and_root_may_join(open_folder: Path):
    os.chown(open_folder, pwd.getpwnam("nobody").pw_uid, -1)
    assert "adopted=False" in start_as("nobody", open_folder / "home")
    assert embedded_postgres.start(open_folder / "home").adopted
    assert (open_folder / "home/postgres/data").owner() == "nobody"


@as_root
def test_another_user_is_told_whose_it_is(open_folder: Path):
    os.chown(open_folder, pwd.getpwnam("nobody").pw_uid, -1)
    start_as("nobody", open_folder / "home")
    assert "belongs to the user nobody" in start_as("daemon", open_folder / "home")


@as_root
def test_a_user_without_a_right_to_the_home_is_told_so(open_folder: Path):
    refused = start_as("nobody", open_folder / "home")
    assert "Set OMBUD_HOME to a folder that the user nobody can write" in refused


@as_root
def test_root_opens_no_closed_folder_to_others(tmp_path: Path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    try:
        embedded_postgres.start(closed / "home")
        connect(closed / "home").close()
        assert closed.stat().st_mode & 0o777 == 0o700
        assert (closed / "home/postgres/data").stat().st_uid != 0
    finally:
        embedded_postgres.stop(closed / "home")


@as_root
def test_a_lost_socket_is_explained_and_a_stop_mends_it(made: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(embedded_postgres, "SECONDS_TO_FIND", 0.2)
    embedded_postgres.start(made)
    (made / "postgres/socket/.s.PGSQL.5432").unlink()
    with pytest.raises(DatabaseUnavailable, match="ombud database stop"):
        embedded_postgres.start(made)
    assert embedded_postgres.stop(made)
    assert not embedded_postgres.start(made).adopted


def test_a_server_whose_programs_were_removed_is_started_anew(
    made: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    wheel = postgres_programs.folder_of_programs().parents[1]
    elsewhere = open_folder / "installed"
    elsewhere.mkdir()
    subprocess.run(["cp", "-a", wheel, wheel.with_name(f"{wheel.name}.libs"), elsewhere], check=True)
    programs = elsewhere / postgres_programs.folder_of_programs().relative_to(wheel.parent)
    with monkeypatch.context() as patched:
        patched.setattr(postgres_programs, "folder_of_programs", lambda: programs)
        first = embedded_postgres.start(made)
    assert embedded_postgres.start(made) == embedded_postgres.Started(first.pid, adopted=True)
    shutil.rmtree(elsewhere)
    again = embedded_postgres.start(made)
    assert (again.adopted, again.pid != first.pid) == (False, True)
    with connect(made) as connection:
        connection.execute("DO $$ BEGIN PERFORM 1; END $$")  # the library of PL/pgSQL is found


def test_a_database_of_another_version_says_which(made: Path):
    (made / "postgres/data/PG_VERSION").write_text("15\n")
    with pytest.raises(DatabaseUnavailable, match="made by PostgreSQL 15; this Ombud brings 18"):
        embedded_postgres.start(made)


def test_a_broken_setting_is_told_in_postgres_own_words(made: Path):
    with (made / "postgres/data/postgresql.conf").open("a") as file:
        file.write("max_connections = many\n")
    with pytest.raises(DatabaseUnavailable, match="configuration file"):
        embedded_postgres.start(made)


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        ("FATAL:  could not write lock file: No space left on device", "disk of /home is full"),
        ('initdb: error: could not change permissions of directory "x": Permission denied', "may not write"),
        ("FATAL:  could not create file: Read-only file system", "mounted read-only"),
        ("initdb: error: could not look up effective user ID 1234: user does not exist", "/etc/passwd"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", "too little free memory"),
        ("PANIC:  could not locate a valid checkpoint record", "valid checkpoint record"),
        ("", "it said nothing"),
    ],
)
def test_what_postgres_complains_of_becomes_a_sentence(complaint: str, sentence: str):
    assert sentence in postgres_cluster.explain(Path("/home"), complaint).message


def test_a_full_disk_is_seen_before_anything_is_made(home: Path, monkeypatch: pytest.MonkeyPatch):
    full = shutil._ntuple_diskusage(10**9, 10**9, 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: full)
    with pytest.raises(DatabaseUnavailable, match="is full: free at least 150 MB"):
        embedded_postgres.start(home)
    assert not (home / "postgres/data").exists()


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("", False),
        ("help migrate", False),
        ("migrate --help", False),
        ("--version", False),
        ("check", False),
        ("database stop", False),
        ("serve --port 1", False),
        ("migrate", True),
        ("worker", True),
        ("--traceback migrate", True),
    ],
)
def test_a_command_starts_the_database_only_if_it_needs_one(line: str, needed: bool):
    assert command_line.needs_database(line.split()) is needed


def test_a_refused_command_ends_with_a_sentence_and_not_a_traceback(tmp_path: Path):
    (tmp_path / "file").write_text("a file")
    environment = {
        **os.environ,
        "OMBUD_HOME": str(tmp_path / "file"),
        "OMBUD_SECRET_KEY": "x",
        "DATABASE_URL": "",
    }
    command = [sys.executable, "-m", "ombud", "migrate"]
    ended = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "is a file where Ombud needs a folder" in ended.stderr
