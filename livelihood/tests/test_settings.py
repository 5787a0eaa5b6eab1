"""Settings come from the environment; nonsense is refused, what is safe is the default."""

import re
import runpy
import stat

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from livelihood.environment import env_bool, env_int, env_ints, env_list, secret_key
from progress.documents.layout_template import LIMITS as TEMPLATE_LIMITS
from progress.parts.evidence_form import MAX_MEGABYTES
from projects.documents.archives import LIMITS, MEGABYTE

SOURCES = ("settings.py", "environment.py", "gunicorn.py")
READS = re.compile(r'(?:env_bool|env_ints?|env_list|environ\.get)\("(\w+)"|"(\w+)" in os\.environ')


def variables():
    """The names of the environment variables that the site reads."""
    texts = [(settings.BASE_DIR / "livelihood" / name).read_text() for name in SOURCES]
    return {found or other for found, other in READS.findall("\n".join(texts))}


@pytest.fixture
def load_settings(monkeypatch, tmp_path):
    """``load_settings(NAME=value)`` gives the settings as that environment makes them."""

    def load(**environment):
        for name in variables():
            monkeypatch.delenv(name, raising=False)
        for name, value in {"VAR_DIR": str(tmp_path), **environment}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(settings.BASE_DIR / "livelihood" / "settings.py"))

    return load


@pytest.mark.parametrize(("value", "expected"), [("True", True), ("False", False)])
def test_a_switch_is_on_or_off(monkeypatch, value, expected):
    monkeypatch.setenv("SWITCH", value)
    assert env_bool("SWITCH", default=not expected) is expected


@pytest.mark.parametrize("value", ["true", "1", "yes", "", "False "])
def test_a_switch_refuses_anything_else(monkeypatch, value):
    monkeypatch.setenv("SWITCH", value)
    with pytest.raises(ImproperlyConfigured, match="SWITCH must be True or False"):
        env_bool("SWITCH", default=False)


@pytest.mark.parametrize("value", ["", "five", "5.5"])
def test_a_number_refuses_what_is_none(monkeypatch, value):
    monkeypatch.setenv("NUMBER", value)
    with pytest.raises(ImproperlyConfigured, match="NUMBER must be a whole number"):
        env_int("NUMBER", default=5)


def test_a_list_is_parted_by_commas_and_empty_parts_fall_out(monkeypatch):
    monkeypatch.setenv("LIST", " a.gov.cn, b.gov.cn,,")
    assert env_list("LIST", default=[]) == ["a.gov.cn", "b.gov.cn"]


def test_numbers_are_parted_by_commas_and_anything_else_is_refused(monkeypatch):
    monkeypatch.delenv("NUMBERS", raising=False)
    assert env_ints("NUMBERS", default=[3, 1]) == [3, 1]
    monkeypatch.setenv("NUMBERS", "5, 2")
    assert env_ints("NUMBERS", default=[3, 1]) == [5, 2]
    monkeypatch.setenv("NUMBERS", "5,two")
    with pytest.raises(ImproperlyConfigured, match="NUMBERS must be whole numbers"):
        env_ints("NUMBERS", default=[3, 1])


def test_without_a_mail_server_nothing_is_mailed(load_settings):
    assert load_settings()["EMAIL_HOST"] == ""
    made = load_settings(EMAIL_HOST="smtp.example.gov.cn", EMAIL_USE_SSL="True")
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"]) == ("smtp.example.gov.cn", 465)


def test_without_a_secret_key_one_is_made_for_its_owner_alone_and_used_again(monkeypatch, tmp_path):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    file = tmp_path / "var" / "secret-key"
    key = secret_key(file)
    assert len(key) >= 50
    assert file.read_text() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret_key(file) == key


def test_two_places_do_not_share_a_secret_key(monkeypatch, tmp_path):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    assert secret_key(tmp_path / "one") != secret_key(tmp_path / "other")


def test_a_secret_key_that_is_given_is_used_and_no_file_is_made(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "given")
    assert secret_key(tmp_path / "secret-key") == "given"
    assert list(tmp_path.iterdir()) == []


def test_without_any_variable_the_site_is_for_this_machine_alone(load_settings):
    made = load_settings()
    assert made["DEBUG"] is False
    assert made["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost"]
    assert made["HTTPS"] is False
    assert made["SESSION_COOKIE_SECURE"] is False


def test_another_address_demands_https(load_settings):
    made = load_settings(ALLOWED_HOSTS="example.gov.cn,localhost")
    assert made["SECURE_SSL_REDIRECT"] is True
    assert made["SESSION_COOKIE_SECURE"] is True
    assert made["CSRF_COOKIE_SECURE"] is True
    assert made["SECURE_HSTS_SECONDS"] > 0


def test_https_is_off_on_another_address_only_when_that_is_said(load_settings):
    made = load_settings(ALLOWED_HOSTS="example.gov.cn", HTTPS="False")
    assert made["SECURE_SSL_REDIRECT"] is False
    assert made["SESSION_COOKIE_SECURE"] is False


def test_sqlite_waits_for_a_lock_and_takes_it_when_a_transaction_begins(load_settings):
    database = load_settings()["DATABASES"]["default"]
    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_postgresql_is_chosen_by_its_address_and_its_connections_are_kept(load_settings):
    database = load_settings(DATABASE_URL="postgresql://a:b@db.gov.cn/livelihood")["DATABASES"]
    assert database["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert database["default"]["CONN_MAX_AGE"] > 0
    assert database["default"]["CONN_HEALTH_CHECKS"] is True


def test_readme_explains_every_variable():
    readme = (settings.BASE_DIR / "README.md").read_text()
    assert {"DATABASE_URL", "SECRET_KEY", "HTTPS", "WORKERS"} <= variables()
    assert [name for name in sorted(variables()) if f"`{name}`" not in readme] == []


def test_the_proxy_of_the_readme_lets_through_what_the_product_takes():
    readme = (settings.BASE_DIR / "README.md").read_text()
    megabytes = int(re.search(r"client_max_body_size (\d+)m;", readme)[1])
    largest = max(LIMITS.file, TEMPLATE_LIMITS.file, MAX_MEGABYTES * MEGABYTE)
    # What is sent around a file is not much, but it is something.
    assert megabytes * MEGABYTE >= largest + MEGABYTE
