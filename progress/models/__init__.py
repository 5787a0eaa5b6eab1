"""HOW it stands: rounds, reports, readings, the city's table, the rules of judgement."""

from progress.models.bulletins import Bulletin, BulletinVersion, Layout
from progress.models.city import CityComparison, CityTable
from progress.models.closing import Completion
from progress.models.evidence import Evidence
from progress.models.exports import Export
from progress.models.follow_up import Notice, Slip
from progress.models.reports import (
    FieldComment,
    FormerReport,
    ItemWording,
    MilestoneMark,
    PlaceReading,
    Reading,
    Report,
    ReportEvent,
    SiteReading,
)
from progress.models.rounds import Extension, Round, RoundVersion, StandingRecord
from progress.models.rules import RuleSet
from progress.models.summary import ItemSummary, RoundSummary
from progress.models.townships import CountyChoice, TownshipFigure
from progress.models.workbook import WorkbookUpload
from progress.models.year_end import SatisfactionVote

__all__ = [
    "Bulletin",
    "BulletinVersion",
    "CityComparison",
    "CityTable",
    "Completion",
    "CountyChoice",
    "Evidence",
    "Export",
    "Extension",
    "FieldComment",
    "FormerReport",
    "ItemSummary",
    "ItemWording",
    "Layout",
    "MilestoneMark",
    "Notice",
    "PlaceReading",
    "Reading",
    "Report",
    "ReportEvent",
    "Round",
    "RoundSummary",
    "RoundVersion",
    "RuleSet",
    "SatisfactionVote",
    "SiteReading",
    "Slip",
    "StandingRecord",
    "TownshipFigure",
    "WorkbookUpload",
]
