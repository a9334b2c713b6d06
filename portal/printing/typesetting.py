"""Typst sheets to PDF.

A sheet is a `.typ` file beside the app that prints it; what it says comes in as JSON through `sys.inputs`,
never as source, so no name can be read as markup. Only our own fonts are used: what a machine has installed
must not change what is printed.
"""

import json
from pathlib import Path

import typst

PROJECT = Path(__file__).resolve().parents[2]
FONTS = Path(__file__).resolve().parent / "fonts"


def pdf(template: Path, data: dict) -> bytes:
    """The PDF of `template` (inside the project) filled with `data` (anything JSON can hold).

    The same data gives the same bytes: the sheets carry no time of making. Raises `typst.TypstError` with
    Typst's own diagnostic when a sheet cannot be set.
    """
    return typst.compile(
        template,
        root=PROJECT,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_tags=False,  # sheets for the printer: tags were a third of the time and nothing reads them aloud
    )
