"""What a review has to decide: where it comes from, who it waits for, and how it reads."""

from roi.queries.agenda.listing import Agenda, Row, agenda_of, rows_of
from roi.queries.agenda.words import when_words

__all__ = ["Agenda", "Row", "agenda_of", "rows_of", "when_words"]
