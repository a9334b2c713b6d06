"""A backup restored into another, empty cluster, by an owner who is no superuser, as in production."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.db import connection

from portal import devdb
from tests import clusters
from tests.builders import make_card

pytestmark = pytest.mark.soak


def manage(url: str, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=devdb.CHECKOUT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
    )


def contents(url: str) -> dict[str, tuple]:
    """Rows and a hash over the ordered rows of every table, asked by other means than the backup's own."""
    with psycopg.connect(url) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        question = "SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM public.{} t"
        return {table: database.execute(question.format(table)).fetchone() for (table,) in tables}


def test_a_backup_brings_an_empty_cluster_to_the_same_rows(transactional_db, tmp_path):
    for _ in range(50):
        make_card(state="tried")
    here = clusters.url(connection)
    with clusters.temporary_home() as home, clusters.running(home) as cluster:
        with cluster.connect() as server:
            server.execute("CREATE ROLE keeper LOGIN")
            server.execute("CREATE DATABASE whole OWNER keeper")
        there = cluster.url("keeper", "whole")
        assert manage(here, "backup", tmp_path / "backup").returncode == 0
        done = manage(there, "restore", tmp_path / "backup")
        assert done.returncode == 0, done.stderr
        assert "tables are as they were, row by row" in done.stdout
        assert contents(there) == contents(here)
        assert contents(there)["markets_stallcard"][0] == 50
        again = manage(there, "restore", tmp_path / "backup")
        assert again.returncode == 1
        assert "is not empty" in again.stderr
        assert "No migrations to apply" in manage(there, "migrate").stdout
        app = cluster.url(devdb.APP, "whole")
        with psycopg.connect(app) as server:
            assert server.execute("SELECT nextval('markets_stall_serial') > 50").fetchone() == (True,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                server.execute("DELETE FROM privacy_readlog")
