"""佐证材料包: all evidence of one item as a zip archive, and the item's sheet as Excel."""

from tempfile import TemporaryFile

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from livelihood.organisation.downloads import download, excel_download
from livelihood.organisation.words import cn_date
from progress.operations.evidence_pack import item_tables, read_packs, write_packs
from progress.views.common import Place, find_place
from projects.models import ListItem


def _pack(request, place: Place, level: str, number: int):
    """The pack of the item that the address names.

    Raises:
        Http404: it does not exist for the reader, or not at the date.
    """
    listed = get_object_or_404(
        ListItem.objects.visible_to(request.user).for_county(place.county, place.year),
        project_list__level=level,
        number=number,
    )
    own = next((s for s in place.state.items if s.item.pk == listed.pk), None)
    if own is None:
        raise Http404("本期存档时清单上还没有这一条目。")
    return read_packs(request.user, [own], place.state)[0]


def _name(place: Place, pack, what: str) -> str:
    return f"{place.county.name}{place.year}年{pack.state.name}{what}（截至{cn_date(place.as_of)}）"


@require_safe
@never_cache
def evidence_pack(request, code, year, level, number):
    """The evidence of accepted reports with the item's sheet, written to disk and sent."""
    place = find_place(request, code, year)
    pack = _pack(request, place, level, number)
    stream = TemporaryFile()  # noqa: SIM115 - the response closes it
    write_packs([pack], stream, state=place.state, made_on=place.today, in_folders=False)
    stream.seek(0)
    return download(request, place.county, stream, f"{_name(place, pack, '佐证材料')}.zip")


@require_safe
@never_cache
def item_excel(request, code, year, level, number):
    """The item's sheet: plan, judgement, reports, readings, closing states."""
    place = find_place(request, code, year)
    pack = _pack(request, place, level, number)
    # The evidence lies in the pack and not here: its index stays away.
    tables = item_tables(pack, [], place.state)[:-1]
    return excel_download(request, place.county, tables, _name(place, pack, "情况表"))
