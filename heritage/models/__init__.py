"""Heritage: sites and what is said of them, published editions, pictures, plaques, corrections."""

from heritage.models.corrections import Correction
from heritage.models.editions import Edition
from heritage.models.pictures import Picture, PictureFile, PictureText, Recording
from heritage.models.plaques import Plaque, PlaqueCheck, PlaqueProbe
from heritage.models.scans import Scan, ScanCount
from heritage.models.sites import Kind, Rank, RankDecision, Site, Source
from heritage.models.texts import Language, Passage, PassageText, SiteText

__all__ = [
    "Correction",
    "Edition",
    "Kind",
    "Language",
    "Passage",
    "PassageText",
    "Picture",
    "PictureFile",
    "PictureText",
    "Plaque",
    "PlaqueCheck",
    "PlaqueProbe",
    "Rank",
    "RankDecision",
    "Recording",
    "Scan",
    "ScanCount",
    "Site",
    "SiteText",
    "Source",
]
