"""The embedded Postgres: addresses, roles, sharing."""

import os
import stat

import psycopg
import pytest

from portal import devdb
from portal.environment import database
from tests import clusters


@pytest.fixture
def home():
    with clusters.temporary_home() as home:
        yield home


@pytest.fixture
def cluster(home):
    with clusters.running(home) as cluster:
        yield cluster


def test_addresses_are_what_the_settings_read(home):
    cluster = devdb.locate(clusters.NAME, home)
    for url, role in ((cluster.owner_url, "portal_owner"), (cluster.app_url, "portal_app")):
        entry = database(url)
        assert (entry["USER"], entry["NAME"], entry["HOST"]) == (role, "portal", str(cluster.socket))


def test_socket_path_fits_however_deep_the_checkout_lies(home):
    cluster = devdb.locate(clusters.NAME, home / ("deep" * 40))
    assert len(f"{cluster.socket}/.s.PGSQL.5432") < 60


def test_owner_may_do_everything_and_application_only_log_in(cluster):
    with cluster.connect("portal") as owner:
        owner.execute("CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist")
        owner.execute("CREATE TABLE secret (id int)")
    with psycopg.connect(cluster.app_url, autocommit=True) as app:
        for forbidden in ("SELECT * FROM secret", "CREATE TABLE own (id int)", "SET ROLE portal_owner"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(forbidden)


def test_second_user_finds_the_server_and_the_last_one_stops_it(home):
    with clusters.running(home) as first:
        started = first.connect().execute("SELECT pg_postmaster_start_time()").fetchone()
        with clusters.running(home) as second:
            assert second == first
            assert second.connect().execute("SELECT pg_postmaster_start_time()").fetchone() == started
        first.connect().close()
    with pytest.raises(psycopg.OperationalError):
        first.connect()


def test_accented_letters_count_in_searches(cluster):
    with cluster.connect("portal") as owner:
        owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert owner.execute("SELECT similarity('Đắk Đoa', 'ĐẮK ĐOA')").fetchone() == (1,)


def test_strangers_cannot_reach_the_socket(cluster):
    assert stat.S_IMODE(cluster.socket.stat().st_mode) == 0o700


def test_socket_folder_laid_by_somebody_else_is_refused(home, tmp_path):
    cluster = devdb.locate(clusters.NAME, home)
    cluster.socket.symlink_to(tmp_path)
    try:
        with pytest.raises(devdb.DevdbError), clusters.running(home):
            pass
    finally:
        cluster.socket.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps the data outside the checkout")
def test_new_clone_at_an_old_path_starts_empty(home):
    with clusters.running(home) as old:
        old.connect("portal").execute("CREATE TABLE left_over (id int)")
    for file in home.iterdir():
        file.unlink()
    with clusters.running(home) as new:
        assert new.connect("portal").execute("SELECT to_regclass('left_over')").fetchone() == (None,)
        assert not old.data.exists()
    old.socket.rmdir()
    for file in old.data.parent.glob(f"{old.data.name}.*"):
        file.unlink()
