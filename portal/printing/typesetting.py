"""Typst sheets to PDF.

A sheet is a `.typ` file beside the app that prints it; what it says comes in as JSON through `sys.inputs`,
never as source, so no name can be read as markup. Only our own fonts are used: what a machine has installed
must not change what is printed.
"""

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path

import pypdfium2
import typst

from portal.printing.reading import MM_PER_POINT, pdfium

PROJECT = Path(__file__).resolve().parents[2]
FONTS = typst.Fonts(
    include_system_fonts=False,
    include_embedded_fonts=False,
    font_paths=[Path(__file__).resolve().parent / "fonts"],
)


def pdf(template: Path, data: dict) -> bytes:
    """The PDF of `template` (a file inside the project) filled with `data` (what JSON can hold).

    The same data gives the same bytes: sheets carry no time of making. Raises `typst.TypstError`, whose
    `diagnostic` says where, when the sheet cannot be set.
    """
    return typst.compile(
        template,
        root=PROJECT,
        font_paths=FONTS,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_tags=False,
    )


def joined_pdf(template: Path, parts: Iterable[dict]) -> bytes:
    """The sheets of all `parts` in one PDF, with the title of the first.

    A part is set in a thread of its own while the caller's generator prepares the next. Typst remembers what
    it has set for ten runs, so parts are kept small: with 40 cards a part, 1,000 cards peaked near 200 MB, in
    one part at 500 MB and no faster.
    """
    with ThreadPoolExecutor(max_workers=1) as press:
        return joined(list(press.map(partial(pdf, template), parts)))


def joined(files: Sequence[bytes]) -> bytes:
    """The pages of all PDF files in one, with the title of the first."""
    first, *rest = files
    if not rest:
        return first
    with pdfium, pypdfium2.PdfDocument(first) as whole:
        for file in rest:
            with pypdfium2.PdfDocument(file) as pages:
                whole.import_pages(pages)
        out = BytesIO()
        whole.save(out)
    return out.getvalue()


def boxed(file: bytes, *, trim: float, bleed: float) -> bytes:
    """The PDF with trim and bleed boxes, both in mm from the edge of the paper, as print shops ask."""
    with pdfium, pypdfium2.PdfDocument(file) as document:
        for page in document:
            width, height = page.get_size()
            for inset, write in ((trim, page.set_trimbox), (bleed, page.set_bleedbox)):
                edge = inset / MM_PER_POINT
                write(edge, edge, width - edge, height - edge)
        out = BytesIO()
        document.save(out)
    return out.getvalue()
