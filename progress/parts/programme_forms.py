"""Confirming which items are the same programme: the proposals as rows, and what was sent."""

from collections.abc import Sequence
from typing import NamedTuple

from django import forms

from livelihood.organisation.models import Region
from projects.operations.programmes import Confirmed
from projects.rules.programmes import Group, Member, common_name

# One text for each group: the programme's key or nothing, then the items that are certain.
# A field for every item would be more than a request may have.
MOST_GROUPS = 500


class ProposalRow(NamedTuple):
    """A proposal as shown: what is certain in one field, what is doubtful one by one."""

    index: int
    name: str
    is_new: bool
    take: bool
    sure: str  # the hidden field
    members: list[tuple[str, Member]]  # certain ones, with the county's name
    doubtful: list[tuple[str, Member, bool]]  # …, and whether it is chosen


class ConfirmForm(forms.Form):
    """What the office chose: ``take`` names rows, ``sure-N`` and ``also-N`` their items.

    Who ticks a doubtful item means its row as well.
    """

    nothing = "没有勾选任何一项，请勾选要确认的共同项目。"
    sends_rows = True  # with the button goes what is ticked among the proposals

    def clean(self):
        try:
            self.chosen = self._read()
        except ValueError as error:
            raise forms.ValidationError("提交的内容无法识别，请重新打开本页再确认。") from error
        if not self.chosen:
            raise forms.ValidationError(self.nothing)

    def _read(self) -> list:
        also = [name.removeprefix("also-") for name in self.data if name.startswith("also-")]
        taken = dict.fromkeys([*self.data.getlist("take"), *also])
        if len(taken) > MOST_GROUPS:
            raise ValueError("too many groups")
        chosen = []
        for index in taken:
            programme, _colon, sure = self.data.get(f"sure-{int(index)}", ":").partition(":")
            keys = [int(key) for key in sure.split(",") if key]
            keys += [int(key) for key in self.data.getlist(f"also-{int(index)}")]
            if keys:
                chosen.append(Confirmed(int(programme) if programme else None, keys))
        return chosen

    def keys(self, prefix: str) -> list[int]:
        """All keys sent under names that begin so."""
        names = [name for name in self.data if name.startswith(prefix)]
        return [int(key) for name in names for key in self.data.getlist(name)]

    def groups(self) -> Sequence[Confirmed]:
        """What was chosen; call it after ``is_valid``."""
        return self.chosen

    def takes(self, index: int, usual: bool) -> bool:
        """Whether a row is ticked: as it was sent, else as usual."""
        sent = self.is_bound and self.sends_rows
        return str(index) in self.data.getlist("take") if sent else usual

    def takes_item(self, index: int, key: int) -> bool:
        """Whether a doubtful item is ticked; none is, unless it was sent so."""
        return self.is_bound and str(key) in self.data.getlist(f"also-{index}")


class ApartForm(ConfirmForm):
    """Doubtful items (``also-N``) that are nobody else's programme."""

    prefix_of_items, nothing = "also-", "没有勾选存疑的条目，请勾选要排除的条目。"

    def _read(self) -> list[int]:
        return self.keys(self.prefix_of_items)

    def items(self) -> Sequence[int]:
        """Their keys; call it after ``is_valid``."""
        return self.chosen


class BackForm(ApartForm):
    """Items (``back``) that are to be proposed again."""

    prefix_of_items, nothing = "back", "没有勾选条目，请勾选要恢复的条目。"
    sends_rows = False


def proposal_rows(groups: Sequence[Group], region: Region, form: ConfirmForm) -> list[ProposalRow]:
    """The proposals, doubtful ones first; an item that stands alone is none."""
    names = dict(
        Region.objects.counties().filter(path__startswith=region.path).values_list("pk", "name")
    )
    shown = [g for g in groups if len(g.members) > 1 or g.programme is not None]
    shown.sort(key=lambda group: group.is_sure)
    return [_row(index, group, names, form) for index, group in enumerate(shown)]


def _row(index: int, group: Group, names: dict[int, str], form: ConfirmForm) -> ProposalRow:
    sure = [m for m in group.members if m.is_sure]
    keys = ",".join(str(m.candidate.key) for m in sure)
    return ProposalRow(
        index=index,
        name=common_name([model.title for model in group.models]),
        is_new=group.programme is None,
        take=form.takes(index, len(sure) > 1 or bool(group.programme and sure)),
        sure=f"{group.programme or ''}:{keys}",
        members=[(names[m.candidate.county], m) for m in sure],
        doubtful=[
            (names[m.candidate.county], m, form.takes_item(index, m.candidate.key))
            for m in group.members
            if not m.is_sure
        ],
    )
