"""The tables in Postgres: what makes them, which version may use them, what the running role needs."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from linetap.errors import BadArgument, StorageError
from linetap.line.api.retry_keys import retry_key_for
from linetap.line.bulk.delivery import Delivery
from linetap.relay import PostgresOutbox
from linetap.relay.__main__ import main
from linetap.relay.schema import FORMAT
from tests.relay.conftest import Backend
from tests.relay.postgres_server import PASSWORD, Server, programs
from tests.relay.test_outbox import USERS, call

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "relay.md").read_text("utf-8")
GRANTS = re.findall(r"```sql\n(.*?)```", DOCS, re.S)[0]
BRAND = re.findall(r":caption: brand_postgres\.py\n(.*?)```", DOCS, re.S)[0]


@pytest.fixture
def schema(postgres: Server) -> str:
    return postgres.new_schema()


@pytest.fixture
def outbox(postgres: Server, schema: str) -> Iterator[PostgresOutbox]:
    with PostgresOutbox(postgres.connect, schema=schema) as made:
        yield made


def test_tables_are_those_of_the_file(postgres: Server, outbox: PostgresOutbox, schema: str) -> None:
    """Both stores have the same tables, with the same columns in the same order."""
    outbox.migrate()
    sql = "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = (%s, %s)"
    for table in FORMAT.tables:
        found = postgres.sql(f"{sql} ORDER BY ordinal_position", (schema, table.name))
        assert [name for (name,) in found] == list(table.columns)


def test_a_missing_table_names_the_command(outbox: PostgresOutbox) -> None:
    """Before migrate every method raises, and names the command; migrate may run twice."""
    for act in (outbox.status, lambda: outbox.receive(call()), lambda: outbox.enqueue([Delivery(USERS[0], "x")])):
        with pytest.raises(StorageError, match=r"python -m linetap\.relay migrate"):
            act()
    outbox.migrate()
    outbox.migrate()
    assert outbox.receive(call())


def test_the_script_does_what_migrate_does(
    postgres: Server, schema: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """psql runs what --print-sql prints, twice too, and the outbox works; nothing is connected for it."""
    assert main(["migrate", "--print-sql", "--schema", schema]) == 0
    script = tmp_path / "migrate.sql"
    script.write_text(capsys.readouterr().out)
    found = programs()
    assert found is not None
    for _ in range(2):
        psql = [found / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, postgres.dsn()]
        subprocess.run(list(map(str, psql)), check=True, capture_output=True)
    with PostgresOutbox(postgres.connect, schema=schema) as outbox:
        key = outbox._tables.hash_key
        assert outbox.receive(call())
        outbox.migrate()
        assert len(key) == 32
    with PostgresOutbox(postgres.connect, schema=schema) as again:
        assert again._tables.hash_key == key


def test_the_command_line_reads_an_outbox_by_its_name(
    postgres: Server, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """MODULE:NAME stands for an outbox in Postgres, for migrate and for each control."""
    name = f"brand_{schema}"
    (tmp_path / f"{name}.py").write_text(BRAND.replace('["DATABASE_URL"])', f'["DATABASE_URL"]), schema="{schema}"'))
    monkeypatch.setenv("DATABASE_URL", postgres.dsn())
    monkeypatch.syspath_prepend(str(tmp_path))
    assert main(["migrate", f"{name}:outbox"]) == 0
    assert main(["pause", f"{name}:outbox", "--reason", "wrong link"]) == 0
    assert main(["status", f"{name}:outbox"]) == 0
    assert "*: paused: wrong link" in capsys.readouterr().out
    assert main(["status", f"{name}:outbox", "--channel", "x"]) == 1
    assert main(["migrate", "json:JSONDecoder"]) == 1
    assert main(["migrate"]) == 1
    assert "PostgresOutbox" in capsys.readouterr().err


def test_the_running_roles_need_no_right_to_change_tables(postgres: Server, file_backend: Backend, schema: str) -> None:
    """With the rights that docs/relay.md lists, web workers store and a sender sends; neither may change a table."""
    with PostgresOutbox(postgres.connect, schema=schema) as owner:
        owner.migrate()
    web, sender = f"web_{schema}", f"sender_{schema}"
    for role in (web, sender):
        postgres.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    names = {"linetap": schema, "web": web, "sender": sender}
    postgres.sql(re.sub(r"\b(linetap|web|sender)\b", lambda found: names[found[0]], GRANTS))

    with PostgresOutbox(lambda: postgres.connect(user=web), schema=schema, now=file_backend.now) as outbox:
        file_backend.call(file_backend.person(), outbox=outbox)
        assert outbox.enqueue([Delivery(file_backend.users[1], "order", retry_key_for("order", 1))]) == 1
        with pytest.raises(StorageError, match="the role may not"):
            outbox.pause()
        with pytest.raises(StorageError, match="the role may not"):
            outbox.migrate()
    with PostgresOutbox(lambda: postgres.connect(user=sender), schema=schema, now=file_backend.now) as outbox:
        assert file_backend.drain(outbox=outbox).outcomes == {"accepted": 2}
        outbox.pause()
        assert outbox.forget(file_backend.users[0]) == 1


def test_neighbouring_versions_use_one_store(postgres: Server, outbox: PostgresOutbox, schema: str) -> None:
    """A store of the next version, which only adds, is read and written; one that says otherwise is rejected."""
    outbox.migrate()
    postgres.sql(f"ALTER TABLE {schema}.entries ADD COLUMN note text")
    postgres.sql(f"CREATE TABLE {schema}.new_table (id int)")
    postgres.sql(f"UPDATE {schema}.meta SET value = '2' WHERE key = 'version'")
    assert outbox.enqueue([Delivery(USERS[0], "x")]) == 1
    assert outbox.history(USERS[0])[0].state == "queued"
    outbox.migrate()
    assert postgres.sql(f"SELECT value FROM {schema}.meta WHERE key = 'version'") == [("2",)]
    postgres.sql(f"UPDATE {schema}.meta SET value = '2' WHERE key = 'compatible_from'")
    with PostgresOutbox(postgres.connect, schema=schema) as old, pytest.raises(StorageError, match="newer linetap"):
        old.status()
    postgres.sql(f"UPDATE {schema}.meta SET value = '0' WHERE key = 'version'")
    with PostgresOutbox(postgres.connect, schema=schema) as new, pytest.raises(StorageError, match="migrate"):
        new.status()


@pytest.mark.parametrize("wrong", ["", "Big", 'a"b', "pg_x", "x" * 64, 3])
def test_wrong_schemas_are_rejected(wrong: object) -> None:
    """A schema that would need quotes raises, here and for the script."""
    with pytest.raises(BadArgument, match="schema must"):
        PostgresOutbox(lambda: None, schema=wrong)  # type: ignore[arg-type]
    with pytest.raises(BadArgument, match="schema must"):
        PostgresOutbox.migration_sql(wrong)  # type: ignore[arg-type]
