"""Taking rounds away for good: simulated ones, and what came with an import that is undone.

The only place that deletes rounds. A round of real work is never deleted.
"""

from django.db import transaction
from django.db.models import QuerySet

from progress.models import Bulletin, Evidence, Report, Round, Slip, TownshipFigure
from progress.operations.reporting import RefusedError


def refuse_removal(rounds: QuerySet[Round]) -> None:
    """Refuse what would take something away that has gone out, or that stays elsewhere.

    Raises:
        RefusedError: a bulletin of one of the rounds has been issued, or a slip of another
            round follows one of theirs.
    """
    issued = Bulletin.objects.filter(round__in=rounds, state=Bulletin.State.ISSUED)
    if bulletin := issued.select_related("round__county").first():
        county = bulletin.round.county
        raise RefusedError(f"{county}{bulletin.round}已印发{bulletin}，不能移除这一期。")
    later = Slip.objects.filter(former__round__in=rounds).exclude(round__in=rounds)
    if slip := later.select_related("county", "former").first():
        raise RefusedError(f"{slip.county}{slip}接续了{slip.former}，不能移除这一期。")


@transaction.atomic
def remove_rounds(rounds: QuerySet[Round]) -> None:
    """Delete rounds with all that hangs on them: reports, slips, drafts of bulletins, files.

    The caller locks the county and leaves the row in the audit trail.

    Raises:
        RefusedError: as ``refuse_removal``.
    """
    refuse_removal(rounds)
    stored = [e.file for e in Evidence.objects.filter(report__round__in=rounds)]
    slips = Slip.objects.filter(round__in=rounds)
    slips.update(former=None)  # each is protected by the one that follows it
    slips.delete()
    Bulletin.objects.filter(round__in=rounds).delete()
    TownshipFigure.objects.filter(round__in=rounds).delete()
    Report.objects.filter(round__in=rounds).delete()
    rounds.delete()
    for file in stored:
        # Should the transaction fail, the rows that name the files are still there.
        transaction.on_commit(lambda file=file: file.storage.delete(file.name))
