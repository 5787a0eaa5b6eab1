"""What tests of models share: every constraint refuses its bad row, and says so in Chinese."""

import re

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

LATIN = re.compile(r"[A-Za-z]{2,}")


def constraints_of(app):
    """All constraints of an app's models, by name."""
    return {
        constraint.name: constraint
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
    }


def assert_refused(row, constraint):
    """The database refuses ``row`` because of ``constraint``; so do forms, in its words."""
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        row.save()
    if isinstance(constraint, models.CheckConstraint):  # SQLite does not name unique ones
        assert constraint.name in str(refused.value)
    with pytest.raises(ValidationError) as invalid:
        row.validate_constraints()
    assert invalid.value.messages == [constraint.violation_error_message]
    with pytest.raises(ValidationError) as unclean:
        row.full_clean()
    assert not LATIN.search("".join(unclean.value.messages))
