"""Measures, by hand: `make bench`. Each module has `run()`, which prints what it found beside its goal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from portal import devdb


@contextmanager
def database(name: str, *, keep: bool = False) -> Iterator[str]:
    """A database of its own for this run, migrated, with reference data and Django set up on it.

    Gives its address as the owner; one for the server's role differs in the role. Call it before anything
    of Django is imported, once a process: what ran before has left nothing, unless you `keep` it.
    """
    import tests.environment  # noqa: F401, sets the environment

    with devdb.running("bench") as cluster:
        with psycopg.connect(cluster.url("portal_owner", "postgres"), autocommit=True) as connection:
            if not keep:
                connection.execute(f'drop database if exists "{name}" with (force)')
                connection.execute(f'create database "{name}"')
        os.environ["DATABASE_URL"] = url = cluster.url("portal_owner", name)
        import django
        from django.core.management import call_command

        django.setup()
        for command in ("migrate", "load_reference", "grant"):
            call_command(command, verbosity=0)
        yield url
