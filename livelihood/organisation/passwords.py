"""The rule for passwords that assessors of level 2 ask for."""

import re

from django.core.exceptions import ValidationError

CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")
NEEDED = 3
RULE = "密码须含小写字母、大写字母、数字、符号中的至少三类。"


class CharacterClassValidator:
    """At least three of four classes of characters."""

    def validate(self, password: str, user=None) -> None:
        """Accept ``password`` or say what is missing.

        Raises:
            ValidationError: fewer than three classes occur.
        """
        if sum(bool(re.search(pattern, password)) for pattern in CLASSES) < NEEDED:
            raise ValidationError(RULE, code="password_classes")

    def get_help_text(self) -> str:
        return RULE
