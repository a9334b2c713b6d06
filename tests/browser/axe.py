"""Accessibility by axe-core (the copy inside axe-playwright-python), run past the page's own policy."""

from pathlib import Path

import axe_playwright_python

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SOURCE = next(Path(axe_playwright_python.__file__).parent.glob("**/axe.min.js")).read_text()

# No preload: axe would write imported stylesheets into the page, which the page's policy refuses.
# What passed is neither gathered nor brought over: that took most of the time.
RUN = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, preload: false, resultTypes: ["violations"] });
  return found.violations.map(({ id, impact, nodes }) =>
    `${id} (${impact}): ` + nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | "));
}"""


def violations(page) -> list[str]:
    """What axe finds on the page as it stands: rule, impact, and the first elements concerned."""
    page.wait_for_load_state()
    page.evaluate(SOURCE)
    return page.evaluate(RUN, RULES)
