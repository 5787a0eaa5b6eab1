"""Confirming which items are the same programme: the proposals as rows, and what was sent."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django import forms

from livelihood.organisation.models import Region
from progress.rules.keys import key_of
from projects.operations.programmes import Confirmed
from projects.rules.programmes import Candidate, Group, Member, common_name

# One text for each group: the programme's key or nothing, then the items that are certain.
# A field for every item would be more than a request may have.
MOST_GROUPS = 500
TAKE, SURE, ALSO = "take", "sure-", "also-"


class ProposalRow(NamedTuple):
    """A proposal as shown: what is certain in one field, what is doubtful one by one."""

    index: int
    name: str
    is_new: bool
    take: bool
    sure: str  # the hidden field
    members: list[tuple[str, Member]]  # certain ones, with the county's name
    doubtful: list[tuple[str, Member, bool]]  # …, and whether it is chosen


def keys_of(texts: Iterable[str]) -> list[int]:
    """Keys as a form sends them.

    Raises:
        ValueError: one of them is none.
    """
    keys = [key_of(text) for text in texts]
    if None in keys:
        raise ValueError("not a key")
    return keys


class _ChoiceForm(forms.Form):
    """Reads what was ticked; ``nothing`` is said where that is nothing."""

    nothing = ""

    def clean(self):
        try:
            self.chosen = self.read()
        except ValueError as error:
            raise forms.ValidationError("提交的内容无法识别，请重新打开本页再确认。") from error
        if not self.chosen:
            raise forms.ValidationError(self.nothing)

    def read(self) -> list:
        """What was ticked.

        Raises:
            ValueError: what was sent makes no sense.
        """
        raise NotImplementedError


class ConfirmForm(_ChoiceForm):
    """What the office chose: ``take`` names rows, ``sure-N`` and ``also-N`` their items.

    Who ticks a doubtful item means its row as well. ``chosen`` are then ``Confirmed``.
    """

    nothing = "没有勾选任何一项，请勾选要确认的共同项目。"

    def read(self) -> list[Confirmed]:
        also = [name.removeprefix(ALSO) for name in self.data if name.startswith(ALSO)]
        taken = keys_of(dict.fromkeys([*self.data.getlist(TAKE), *also]))
        if len(taken) > MOST_GROUPS:
            raise ValueError("too many groups")
        chosen = []
        for index in taken:
            programme, _colon, sure = self.data.get(f"{SURE}{index}", ":").partition(":")
            sent = [key for key in sure.split(",") if key]
            keys = keys_of([*sent, *self.data.getlist(f"{ALSO}{index}")])
            if keys:
                (known,) = keys_of([programme]) if programme else (None,)
                chosen.append(Confirmed(known, keys))
        return chosen


class ApartForm(_ChoiceForm):
    """Doubtful items (``also-N``) that are nobody else's programme; ``chosen`` are keys."""

    nothing = "没有勾选存疑的条目，请勾选要排除的条目。"

    def read(self) -> list[int]:
        names = [name for name in self.data if name.startswith(ALSO)]
        return keys_of(key for name in names for key in self.data.getlist(name))


class BackForm(_ChoiceForm):
    """Items (``back``) that are to be proposed again; ``chosen`` are keys."""

    nothing = "没有勾选条目，请勾选要恢复的条目。"

    def read(self) -> list[int]:
        return keys_of(self.data.getlist("back"))


def proposal_rows(groups: Sequence[Group], region: Region, sent) -> list[ProposalRow]:
    """The proposals, doubtful ones first; an item that stands alone is none.

    Args:
        groups: what is proposed.
        region: of whose counties.
        sent: what was ticked among them and refused (a QueryDict); None: ticked is what is
            certain.
    """
    names = dict(
        Region.objects.counties().filter(path__startswith=region.path).values_list("pk", "name")
    )
    shown = [g for g in groups if len(g.members) > 1 or g.programme is not None]
    shown.sort(key=lambda group: group.is_sure)
    return [_row(index, group, names, sent) for index, group in enumerate(shown)]


def _row(index: int, group: Group, names: dict[int, str], sent) -> ProposalRow:
    sure = [m for m in group.members if m.is_sure]
    doubtful = [m for m in group.members if not m.is_sure]
    keys = ",".join(str(m.candidate.key) for m in sure)
    if sent is None:
        take, also = len(sure) > 1 or bool(group.programme and sure), []
    else:
        take, also = str(index) in sent.getlist(TAKE), sent.getlist(f"{ALSO}{index}")
    return ProposalRow(
        index=index,
        name=_name(group, {m.candidate for m in doubtful}),
        is_new=group.programme is None,
        take=take,
        sure=f"{group.programme or ''}:{keys}",
        members=[(names[m.candidate.county], m) for m in sure],
        doubtful=[(names[m.candidate.county], m, str(m.candidate.key) in also) for m in doubtful],
    )


def _name(group: Group, doubtful: set[Candidate]) -> str:
    """What the programme is called without what may be another one."""
    return common_name([model.title for model in group.models if model not in doubtful])
