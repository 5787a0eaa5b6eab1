"""The form of a township: a figure and a note for each of its parts."""

from django import forms

from progress.operations.townships import Share, Told
from progress.parts.report_form import NumberField, number_text

NOTE_LIMIT = 200  # characters


class TownshipForm(forms.Form):
    """What a township tells of its shares; a figure that is emptied is taken back.

    What each field said when the page was opened is sent along: rows that nobody typed in are
    left alone, whoever has changed them since.

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
            for name in (f"value-{share.key}", f"note-{share.key}"):
                self.fields[name].show_hidden_initial = True
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

    def clean(self):
        for key in self._typed():
            value, note = f"value-{key}", f"note-{key}"
            noted = note in self.changed_data and self.cleaned_data.get(note)
            if noted and self.cleaned_data.get(value, 0) is None:
                self.add_error(value, "填了说明的，请同时填累计完成数。")
        return self.cleaned_data

    def _typed(self) -> list[int]:
        """The shares, by key, of which something else is told than when the page was opened."""
        names = {f"{name}-{s.key}": s.key for s in self.shares for name in ("value", "note")}
        return list(dict.fromkeys(names[name] for name in self.changed_data if name in names))

    def told(self) -> dict[int, Told]:
        """What was changed, by share; call it after ``is_valid``."""
        said = self.cleaned_data
        return {
            key: Told(said[f"value-{key}"], said[f"note-{key}"], said[f"version-{key}"] or 0)
            for key in self._typed()
        }

    def beside(self, shares: list[Share]) -> "TownshipForm":
        """The form with what was typed, and in its other fields what colleagues have saved since.

        Args:
            shares: of the township as they are now.
        """
        fresh, data = TownshipForm(shares, editable=True), self.data.copy()
        for share in shares:
            data[f"version-{share.key}"] = share.told.version if share.told else 0
            for name in (f"value-{share.key}", f"note-{share.key}"):
                if name not in self.changed_data:
                    data[name] = data[f"initial-{name}"] = fresh.fields[name].initial
        form = TownshipForm(shares, data, editable=True)
        form.is_valid()
        return form
