"""The form of a township: a figure and a note for each of its parts."""

from django import forms

from progress.operations.townships import Share, Told
from progress.parts.report_form import NumberField, number_text

NOTE_LIMIT = 200  # characters


class TownshipForm(forms.Form):
    """What a township tells of its shares; an empty figure tells nothing.

    Args:
        shares: of the township.
        editable: whether the round is open for it.
        data: what was sent, or None to show what is saved.
    """

    def __init__(self, shares: list[Share], data=None, *, editable: bool):
        self.shares = shares
        super().__init__(data, use_required_attribute=False)
        for share in shares:
            value = share.told.value if share.told else None
            self.fields[f"value-{share.key}"] = NumberField(
                label=f"{share.project}：累计完成", initial=number_text(value)
            )
            self.fields[f"note-{share.key}"] = forms.CharField(
                label=f"{share.project}：说明",
                required=False,
                max_length=NOTE_LIMIT,
                initial=share.told.note if share.told else "",
                error_messages={"max_length": f"不超过{NOTE_LIMIT}字。"},
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields[f"version-{share.key}"] = forms.IntegerField(
                required=False,
                min_value=0,
                initial=share.told.version if share.told else 0,
                widget=forms.HiddenInput,
            )
        for field in self.fields.values():
            field.widget.attrs.setdefault("class", "form-control")
            field.disabled = not editable

    def rows(self) -> list[tuple]:
        """(share, field of the figure, of the note, of the version), in the order of the lists."""
        names = ("value", "note", "version")
        return [(s, *(self[f"{name}-{s.key}"] for name in names)) for s in self.shares]

    def told(self) -> dict[int, Told]:
        """What was told, by share; call it after ``is_valid``."""
        said = self.cleaned_data
        return {
            s.key: Told(
                said[f"value-{s.key}"], said[f"note-{s.key}"], said[f"version-{s.key}"] or 0
            )
            for s in self.shares
            if said.get(f"value-{s.key}") is not None
        }
