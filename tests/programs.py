"""Debian's Chromium: the whole browser, and its headless shell, the same engine without any windows.

A page costs the shell half the work, so pages are walked through there where it is installed. What is about
a camera, a profile on the disk or a speed runs in the whole browser.
"""

import shutil

SHELL = "chromium-headless-shell"
WHOLE = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def whole() -> str:
    """Path of the whole browser."""
    return next(filter(None, map(shutil.which, WHOLE)))


def light() -> str:
    """Path of the headless shell, or of the whole browser where there is none."""
    return shutil.which(SHELL) or whole()
