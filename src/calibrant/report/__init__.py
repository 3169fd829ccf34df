"""Stage 9: an evaluation, as read from ``evaluation.json`` -> one self-contained page.

The page is made in three steps, a module each, so that any of them can be read and tested alone::

    evaluation.json ──_record──> Evaluation ──_summarize──> what the page says: a plain dict, every number text
                                     │                                │
                                     └──_figures──> Figures ──_svg──> _html ──> report.html  (templates/)

* Nothing is computed about the model here: every number was measured by `calibrant.evaluation`.
* Text of tables beside the panel is made in ``_measures``, text on the making in ``_provenance``.
* A comparison has its page from ``_comparison``, and a check from ``_transfer`` with the text of ``_transfer_text``.
* A survey has its page from ``_survey`` with the figures of ``_survey_figures``.
* An evaluation of answers has its page from ``_answers`` with the text of ``_answers_text``.
* ``report.html`` fetches nothing and runs no script. Its figures are inline SVG whose colours are the page's CSS
  properties, so that one drawing serves light and dark; ``_palette`` is the one place where colours are named.
* The same evaluation gives the same bytes.
* matplotlib is imported when the first figure is drawn, not before.
"""

from calibrant.report._answers import render_answers, write_answers
from calibrant.report._comparison import render_comparison, write_comparison
from calibrant.report._differences import difference_plot, gap_plot
from calibrant.report._figures import group_plot, risk_coverage_plot
from calibrant.report._html import render_report, write_report
from calibrant.report._reliability import confidence_histogram, reliability_diagram
from calibrant.report._signals import signal_plot
from calibrant.report._survey import render_survey, write_survey
from calibrant.report._survey_figures import models_plot, sides_plot
from calibrant.report._transfer import render_transfer, write_transfer

__all__ = [
    "confidence_histogram",
    "difference_plot",
    "gap_plot",
    "group_plot",
    "models_plot",
    "reliability_diagram",
    "render_answers",
    "render_comparison",
    "render_report",
    "render_survey",
    "render_transfer",
    "risk_coverage_plot",
    "sides_plot",
    "signal_plot",
    "write_answers",
    "write_comparison",
    "write_report",
    "write_survey",
    "write_transfer",
]
