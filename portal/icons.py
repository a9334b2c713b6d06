"""The drawings of the look: names and the one path of each, on a 24 grid, 2 px line, no fill.

They are printed where they are used. A sprite would save a few bytes on a page, but a fragment that htmx
swaps in, the page of a broken server and an offline page would each have to carry it again.
"""

PATHS = {
    "alert": "M12 4l9 16H3zM12 10v4M12 17v.5",
    "arrow": "M5 12h14M13 6l6 6-6 6",
    "back": "M14 6l-6 6 6 6",
    "bell": "M6 17v-6a6 6 0 0112 0v6l2 1H4zM10 21h4",
    "chart": "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6",
    "clock": "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5l3 3",
    "close": "M6 6l12 12M18 6L6 18",
    "cloud": "M7 18a4.5 4.5 0 010-9 6 6 0 0111 1.5 3.8 3.8 0 01-.5 7.5M4 4l16 16",
    "doc": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "dot": "M12 19a7 7 0 100-14 7 7 0 000 14z",
    "down": "M12 4v11M7 11l5 5 5-5M4 20h16",
    "half": "M12 20a8 8 0 100-16 8 8 0 000 16zM12 5v14",
    "home": "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
    "info": "M12 21a9 9 0 100-18 9 9 0 000 18zM12 11v6M12 7v.5",
    "late": "M12 4l9 16H3z",
    "lock": "M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 017 0V11M12 14v3",
    "ok": "M5 12.5l4.5 5L19 7",
    "out": "M4 13v7h16v-7M12 15V4M8 8l4-4 4 4",
    "people": "M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM3 20v-3l3-3h6l3 3v3M16 4.5a3.5 3.5 0 010 6M17 14l4 3v3",
    "phone": "M7 3h10v18H7zM11 18h2",
    "plus": "M12 5v14M5 12h14",
    "print": "M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z",
    "qr": "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 14h2v2M14 19v1h2M19 18v2h1",
    "rong": "M5 13C8 9 8.5 6 9 3c2 .8 4 .8 6 0 .5 3 1 6 4 10zM7 13v4h10v-4M8 17v4M16 17v4M12 17v-2",
    "search": "M11 18a7 7 0 100-14 7 7 0 000 14zM16 16l5 5",
    "shield": "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5",
    "stall": "M3 9l2-5h14l2 5M3 9v2h4.5V9M7.5 11H12V9M12 11h4.5V9M16.5 11H21V9M5 11v9h14v-9M10 20v-5h4v5",
}
