"""Accessibility by axe-core (the copy inside axe-playwright-python), run past the page's own policy."""

from pathlib import Path

import axe_playwright_python

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SOURCE = next(Path(axe_playwright_python.__file__).parent.glob("**/axe.min.js")).read_text()


def violations(page) -> list[str]:
    """What axe finds on the page as it stands: rule, impact, and the first elements concerned."""
    page.wait_for_load_state()
    page.evaluate(SOURCE)
    # No preload: axe would write imported stylesheets into the page, which the page's policy refuses.
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, preload: false})", RULES)
    return [
        f"{rule['id']} ({rule['impact']}): " + " | ".join(node["html"][:160] for node in rule["nodes"][:3])
        for rule in found["violations"]
    ]
