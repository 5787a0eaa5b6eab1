"""A reading in the exchange format: plain JSON values, keys only added."""

from projects.rules.reading.values import Reading, Span, Sure


def as_exchange(reading: Reading) -> dict:
    """The fields of the exchange format that a text can say.

    What a text cannot say (doc, level, number, category, lead_unit …) is the caller's to add.
    Added to the format: ``readings``, with span and sureness of every value, ``doubts`` and
    ``unread``.
    """
    return {
        "starred": reading.starred,
        "title": reading.title,
        "schedule": reading.schedule,
        "status": reading.status or None,
        "sites": [site.name for site in reading.sites],
        "allocations": [{"place": a.place, "value": a.value} for a in reading.allocations],
        "indicators": [
            {"name": i.name, "target": i.target, "unit": i.unit, "kind": i.kind}
            for i in reading.indicators
        ],
        "milestones": [
            {
                "indicator": m.indicator,
                "label": m.label,
                "due": m.due.isoformat(),
                "text": m.text,
                "value": m.value,
                "percent": m.percent,
                "basis": m.basis,
                "met": m.met,
                "met_why": m.met_why or None,
            }
            for m in reading.milestones
        ],
        "actual": [
            {"indicator": a.indicator, "value": a.value, "percent": a.percent, "basis": a.basis}
            for a in reading.actual
        ],
        "completed": reading.completed,
        "problems": reading.problems,
        "notes": None,
        "readings": _readings(reading),
        "doubts": list(reading.doubts),
        "unread": [_span(left.span) | {"why": left.why} for left in reading.leftovers],
    }


def _readings(reading: Reading) -> dict:
    """Where each value comes from and how sure it is, in the order of the lists above."""
    return {
        "sites": [_where(s.span, s.sure) for s in reading.sites],
        "allocations": [_where(a.span, a.sure) for a in reading.allocations],
        "indicators": [_where(i.span, i.sure) | {"about": i.about} for i in reading.indicators],
        "milestones": [
            _where(m.span, m.sure)
            | {
                "label": _span(m.label_span),
                "figure": _span(m.figure_span) if m.figure_span else None,
            }
            for m in reading.milestones
        ],
        "actual": [_where(a.span, a.sure) for a in reading.actual],
        "completed": _where(reading.completed_span, Sure()) if reading.completed_span else None,
        "problems": _where(reading.problems_span, Sure()) if reading.problems_span else None,
    }


def _where(span: Span | None, sure: Sure) -> dict:
    place = _span(span) if span else {"field": None, "start": None, "end": None, "words": None}
    return place | {"sure": sure.level, "reason": sure.reason}


def _span(span: Span) -> dict:
    return {"field": span.field, "start": span.start, "end": span.end, "words": span.text}
