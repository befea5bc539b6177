"""The words of direction, and the idioms in which they say none."""

from __future__ import annotations

import re

UP = re.compile(
    r"\b(?:rose|risen|ris(?:es|ing|e)|increas(?:ed|es|ing|e)|grew|grown|grow(?:s|ing)?|"
    r"improv(?:ed|es|ing|ement|ements|e)|gain(?:ed|s|ing)?|"
    r"climb(?:ed|s|ing)?|jump(?:ed|s)?|rebound(?:ed|s)?|recover(?:ed|s|y)?|surg(?:ed|es|"
    r"e)|soar(?:ed|s)?|strengthen(?:ed|s)?|uptick|upturn|"
    r"higher|better|happier|stronger|outperform(?:s|ed|ing)?|outscor(?:es|ed|e)|exceed(?:s|ed)?|surpass(?:es|ed)?|"
    r"more (?:often|frequently|positive|satisfied|loyal|favourable|favorable|likely to recommend)|upward|ahead of|"
    r"beat(?:s|ing)?|leads? (?!to\b)|ahead(?= by| on)|warmer|above|raised|boosted|lifted|helped)\b",
    re.IGNORECASE,
)
DOWN = re.compile(
    r"\b(?:fell|fallen|fall(?:s|ing)?|drop(?:ped|s|ping)?|declin(?:ed|es|ing|e)|decreas(?:ed|"
    r"es|ing|e)|worsen(?:ed|s|ing)?|deteriorat(?:ed|es|ing|ion|e)|"
    r"slip(?:ped|s)?|slid(?:e|es)?|sank|sunk|los(?:t|es|ing)(?= (?:[\d\W]|about|some|nearly|"
    r"ground|points))|shr[aiu]nk|shrinks|dip(?:ped|s)?|plung(?:ed|es|e)|tumbl(?:ed|es|"
    r"e)|"
    r"weaken(?:ed|s|ing)?|lower|worse|unhappier|weaker|poorer|underperform(?:s|ed|ing)?|"
    r"trail(?:s|ed|ing)?|lag(?:s|ged|ging)?|behind|"
    r"less (?:often|frequently|positive|satisfied|loyal|favourable|favorable|likely to "
    r"recommend|happy)|downturn|downward|eroded|colder|below|lowered|hurt|harmed|dented|"
    r"depressed|damaged)\b",
    re.IGNORECASE,
)
UPDOWN = re.compile(
    r"(?<!broken )(?<!break )(?<!breaks )(?<!set )(?<!made )(?<!follow )(?<!drill )(?<!sum "
    r")(?<!summed )(?<!add )(?<!pick )(?<!ends )"
    r"\b(?P<way>up|down)\b(?=\s+(?:by|from|on|against|sharply|clearly|significantly|slightly|"
    r"over|about|nearly|versus|vs|since|in (?!the table)|[-+\u2212\u0000\d])|\s*[.;)]|"
    r"\s*$)"
    r"|\b(?:is|are|was|were|went|gone|goes|moved|came|trended|heading|trending)\s+(?P<way2>up|down)\b(?! to\b)",
    re.IGNORECASE,
)
FLAT = re.compile(
    r"\b(?:flat|stable|unchanged|steady|steadily|constant|plateau(?:ed|s)?|little changed|"
    r"stagnat(?:ed|es|ing|e)|held up|stayed put)\b",
    re.IGNORECASE,
)
EQUAL = re.compile(
    r"(?<!for )\bno (?:change|difference|trend|effect|movement)\b(?! (?:can|could|is shown|"
    r"is told|was (?:tested|computed)))|\b(?:the|exactly the) same (?:as|nps|score|level|"
    r"figure)\b|\bidentical(?:ly)?\b|"
    r"\b(?:did not|didn't|has not|hasn't|have not|does not|doesn't) (?:change|move|differ)\b(?! "
    r"in a straight| together| alike| apart| in step| by more| only| in shape)|\bequal(?:ly)? "
    r"(?:to|in|high|low|satisfied)\b|"
    r"\bno (?:better|worse|higher|lower|different)\b|\b(?:stayed|remained|is|are|was) "
    r"the same\b|\bneither (?:rose|fell|higher|lower|better|worse|up|down)\b|\bsame level\b",
    re.IGNORECASE,
)
NO_CLEAR = re.compile(
    r"\b(?:no|not|without|nor)(?: an?y?)? (?:clear|clearly|significant|significantly|statistically "
    r"\w+|detectable|reliable|measurable)\w* ?"
    r"(?:change[ds]?|differen\w+|effect|trend|shift|movement|gap|rise|fall|drop|moved?|"
    r"gain|decline|increase|decrease|improvement|higher|lower|better|worse|rose|fell|improve|"
    r"worsen)",
    re.IGNORECASE,
)
IDIOM_BEFORE = re.compile(
    r"(?:\b(?:or|and|see|shown|listed|described|given|mentioned|as|table|figures?|noted|"
    r"stated|from the|equal or|[0-9])\s+|rather\s+|\bgo(?:es)? \s*|whole is )$",
    re.IGNORECASE,
)
IDIOM_AFTER = re.compile(
    r"\s+(?:end|ends|bound|bounds|limit|limits|edge|half|third|quartile|part of the|case|"
    r"is the table|zero|0\b|chance|to (?:understand|ask|wait|know|read|look|see|say)|the "
    r"minimum|that minimum|the base|"
    r"understood|idea|data|evidence|estimate|test|question|schedule|time|of schedule|the "
    r"scenes|this|these figures|it all|a minimum|minimum|five answers|the threshold|the "
    r"ranking|p\b|\bfor comparison)",
    re.IGNORECASE,
)
