"""Stage 9: an evaluation, as read from ``evaluation.json`` -> one self-contained page.

The page is made in three steps, a module each, so that any of them can be read and tested alone::

    evaluation.json ──_record──> Evaluation ──_summarize──> what the page says: a plain dict, every number text
                                     │                                │
                                     └──_figures──> Figures ──_svg──> _html ──> report.html  (templates/)

* Nothing is computed about the model here: every number was measured by `calibrant.evaluation`.
* Text of tables beside the panel is made in ``_measures``, text on the making in ``_provenance``.
* ``report.html`` fetches nothing and runs no script. Its figures are inline SVG whose colours are the page's CSS
  properties, so that one drawing serves light and dark; ``_palette`` is the one place where colours are named.
* The same evaluation gives the same bytes.
* matplotlib is imported when the first figure is drawn, not before.
"""

from calibrant.report._comparison import render_comparison, write_comparison
from calibrant.report._differences import difference_plot
from calibrant.report._figures import group_plot, risk_coverage_plot
from calibrant.report._html import render_report, write_report
from calibrant.report._reliability import confidence_histogram, reliability_diagram

__all__ = [
    "confidence_histogram",
    "difference_plot",
    "group_plot",
    "reliability_diagram",
    "render_comparison",
    "render_report",
    "risk_coverage_plot",
    "write_comparison",
    "write_report",
]
