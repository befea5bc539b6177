"""The words of direction, and the idioms in which they say none."""

from __future__ import annotations

import re

UP = re.compile(
    r"\b(?:rose|risen|ris(?:es|ing|e)|increas(?:ed|es|ing|e)|grew|grown|grow(?:s|ing)?|"
    r"improv(?:ed|es|ing|ement|ements|e)|gain(?:ed|s|ing)?|"
    r"climb(?:ed|s|ing)?|jump(?:ed|s)?|rebound(?:ed|s|ing)?|recover(?:ed|s|y|ing)?|surg(?:ed|es|"
    r"e)|soar(?:ed|s)?|strengthen(?:ed|s)?|uptick|upturn|"
    r"higher|better|happier|stronger|outperform(?:s|ed|ing)?|outscor(?:es|ed|e)|exceed(?:s|ed)?|surpass(?:es|ed)?|"
    r"more (?:often|frequently|positive|satisfied|loyal|favourable|favorable|likely to recommend)|upward|ahead of|"
    r"(?:mention|rais|nam|cit|describ|bring|talk)\w* (?:\w+ ){0,3}?more(?= (?:by|among|in|than)\b)|"
    r"beat(?:s|ing)?|leads? (?!to\b)|ahead(?= by| on)|warmer|above|raised|boosted|lifted|"
    r"helped|tops|topped|topping|keener|cheerier|friendlier|more (?:enthusiastic|content|"
    r"pleased|delighted|happy)|went well|rall(?:y|ied)|bounced back|picked up|"
    r"edged up|ticked up|inched up|crept up|shot up|better off|on the (?:rise|up)|upswing|out in front|advanced|"
    r"(?:larger|greater|bigger) (?:share|proportion)|(?:pay|pays|paid|paying|costs?|spend|spends|"
    r"spent) (?:\w+ )?more(?= on\b|\W|$)|"
    r"more expensive|dearer|(?:fares?|fared|does|did|do|doing) better|went north|outpac(?:es?|ed)|"
    r"outrank(?:s|ed)?|took off)\b",
    re.IGNORECASE,
)
DOWN = re.compile(
    r"\b(?:fell|fallen|fall(?:s|ing)?|drop(?:ped|s|ping)?|declin(?:ed|es|ing|e)|decreas(?:ed|"
    r"es|ing|e)|worsen(?:ed|s|ing)?|deteriorat(?:ed|es|ing|ion|e)|"
    r"slip(?:ped|s)?|slid(?:e|es)?|sank|sunk|los(?:t|es|ing)(?= (?:[\d\W]|about|some|nearly|"
    r"ground|points))|shr[aiu]nk|shrinks|dip(?:ped|s)?|plung(?:ed|es|e)|tumbl(?:ed|es|"
    r"e)|"
    r"weaken(?:ed|s|ing)?|lower|worse|unhappier|weaker|poorer|underperform(?:s|ed|ing)?|"
    r"(?:mention|rais|nam|cit|describ|bring|talk)\w* (?:\w+ ){0,3}?less(?= (?:by|among|in|than)\b)|"
    r"trail(?:s|ed|ing)?|lag(?:s|ged|ging)?|behind|"
    r"less (?:often|frequently|positive|satisfied|loyal|favourable|favorable|likely to "
    r"recommend|happy)|downturn|downward|eroded|colder|below|lowered|hurt|harmed|dented|"
    r"depressed|damaged|leaves? (?:sooner|earlier|faster)|grumpier|angrier|gloomier|sadder|"
    r"more (?:critical|dissatisfied|"
    r"unhappy|annoyed|frustrated|disappointed)|went badly|slump(?:ed|s)?|crash(?:ed|es)|"
    r"collaps(?:ed|es|e)|tank(?:ed|s)|"
    r"soften(?:ed|s|ing)?|edged down|ticked down|inched down|crept down|shr(?:unk|ank)|"
    r"smaller (?:share|proportion)|(?:pay|pays|paid|paying|spend|spends|spent) (?:\w+ )?less|cheaper|"
    r"nosedived?|worse off|in decline|"
    r"on the (?:decline|slide|way down)|downhill|went south|took a (?:hit|knock|dive)|"
    r"(?:fares?|fared|does|did|do|doing) "
    r"worse|slipping|sliding|sinking|backslid|retreat(?:ed|s)|ebb(?:ed|s|ing)|diminish(?:ed|"
    r"es)|gave up ground|suffered)\b",
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
    r"stagnat(?:ed|es|ing|e)|held (?:up|steady|firm|its level|on)|stayed (?:put|level|"
    r"where (?:it was|they were))|(?:moved|went|"
    r"going|moving|goes|drift\w*) sideways|(?:barely|hardly|scarcely) (?:moved|changed|"
    r"differ\w*|budged)|level with|neck and neck|(?:on|at) "
    r"(?:a )?par|(?:are|is|was|were|score|scored|scores|rate|rated|perform|performed|look|"
    r"looks|do|feel) (?:\w+ly |about |much |quite |very "
    r")?(?:alike|similar(?:ly)?|level|comparabl[ey]|tied|as (?:happy|satisfied|loyal|unhappy|"
    r"good|bad|high|low|well) as)|at the same "
    r"level|even keel|remained where \w+ (?:was|were)|unaltered|broadly the same|unmoved|no different from)\b",
    re.IGNORECASE,
)
EQUAL = re.compile(
    r"(?<!for )\bno (?:change|difference|trend|effect|movement|gap)s?\b(?! (?:can|could|may|might|should|"
    r"(?:that |which )?(?:we|I|one|anybody|anyone|you) (?:can|could)|is claimed|is shown|"
    r"is told|was (?:tested|computed)))|\b(?:the|exactly the) same (?:as|nps|score|level|"
    r"figure)\b|\bidentical(?:ly)?\b|\b(?:do|does|did|doing|done|faring|fare|perform\w*) (?:\w+ )?equally\b|"
    r"\b(?:did not|didn't|has not|hasn't|have not|haven't|does not|doesn't|do not|don't|"
    r"never) (?:change[sd]?|moved?|differ(?:ed)?|budged?)\b(?! "
    r"in a straight| together| alike| apart| in step| by more| only| in shape| [^.;,]{0,30}?(?:beyond|"
    r"clearly|significantly|visibly|much))|\bnothing (?:has |had )?(?:changed|moved|differs|"
    r"differed|happened)\b|"
    r"\b(?:score|scored|scores|rate|rated|rates|perform|performed|are|feel|look) (?:\w+ly "
    r")?(?:the same|equally|exactly alike|just as)\b|\bthe same "
    r"(?:picture|result|story|scores?|satisfaction|rating)s?\b|\bequal(?:ly)? "
    r"(?:to|in|high|low|satisfied)\b|"
    r"\bno (?:better|worse|higher|lower|different)\b|\b(?:stayed|remained|is|are|was) "
    r"the same\b|\bneither (?:rose|fell|higher|lower|better|worse|up|down)\b|\bsame level\b|"
    r"\bby (?:(?:about|roughly|nearly|just) as much|(?:about |roughly )?the same(?: amount)?|equally much)\b(?! as)",
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

_MOVE = (
    r"(?:change|difference|trend|effect|movement|rise|fall|drop|improvement|decline|gain|"
    r"increase|decrease|pattern|gap|shift|loss|boost|"
    r"worsening|deterioration|advantage|lead|hit|knock|blow|dent)s?"
)
UNSEEN = re.compile(
    rf"\b(?:no|nor|neither|not an?|without) (?:an? )?(?:\w+ )?{_MOVE}\b[^.;,:]{{0,40}}?\b(?:(?:can|"
    rf"could) be (?:told|\w+)|shown|visible|seen|"
    rf"established|clear|found|shows(?= ?[:.,;])|detected|apparent|evident|proven|discernible|noticeable|"
    rf"recogni[sz]able|significant|certain)\b|"
    rf"\b(?:saw|sees?|seen|found|finds?|shows?|detect\w*|notic\w*|reveal\w*) no (?:\w+ )?{_MOVE}\b|"
    r"\b(?:can(?:not|'t| not)|could not|couldn't) be (?:told apart|distinguished|separated|"
    r"told from (?!(?:this|that|these|levels?|such|the (?:data|levels?|figures?|scores?))\b))|"
    r"\b(?:not|n't) (?:be )?(?:distinguish\w+|told apart)|"
    r"\bindistinguishable\b|(?<!outside )(?<!beyond )\b(?:within|may be|could be|might "
    r"be|may well be|down to) chance\b|\b(?:not|n't) "
    r"(?:\w+ )?(?:clearly|visibly|significantly|reliably) (?:differ\w*|mov\w+|chang\w+)\b|"
    r"\b(?:not|n't) differ (?:[^.;,]{0,30}? )?(?:beyond|clearly|"
    r"significantly|visibly)\b|\binclud(?:es?|ing) zero\b|\bspans? zero\b",
    re.IGNORECASE,
)
"""What is said not to have been seen, as a careful writer says it."""
CLEAR = re.compile(
    rf"\b(?:differ(?:s|ed)? (?:\w+ )?(?:clearly|beyond (?:\w+ )?chance|significantly|markedly|"
    rf"strongly|visibly)|(?:clearly|significantly|markedly|visibly|"
    rf"strongly|demonstrably) differ(?:s|ed|ent)?|(?:beyond|outside|more than|above) (?:what "
    rf")?(?:(?:pure|mere|sampling|random) )?(?:chance|"
    rf"coincidence|noise)|exclud(?:es?|ed|ing) zero|not (?:include|span|contain) zero|(?<!no "
    rf")(?:an?|the|this|that|one) (?:\w+ly )?(?:clear|significant|marked|real|"
    rf"distinct|definite|genuine|unmistakable|reliable) (?:\w+ )?"
    rf"(?:{_MOVE}|associations?|links?|relationships?)|can (?:\w+ )?be "
    rf"(?:told apart|distinguished)|"
    rf"(?:is|are|was|were) (?:\w+ly )?(?:distinguishable|significant|certain|established|"
    rf"clear(?!er)|proven|real|no (?:fluke|accident|coincidence))"
    rf"(?! (?:whether|what|why|how|which|that|if|from|about|who|to)\b)|not (?:due to |down "
    rf"to |just )?(?:chance|coincidence)|statistically (?:significant|clear|secure))\b",
    re.IGNORECASE,
)
"""What is said to be more than chance."""
COMPARATIVE = re.compile(
    r"(?:higher|lower|better|worse|happier|unhappier|stronger|weaker|above|below|ahead|"
    r"behind|beat|lead|trail|top|out|exceed|surpass|lag|warmer|colder|"
    r"more|less|fares|does|do)",
    re.IGNORECASE,
)
TRANSITIVE = re.compile(
    r"(?:hurt|helped|raised|lowered|boosted|lifted|harmed|damaged|dented|depressed|eroded|"
    r"improved|worsened|increased|decreased|reduced|weakened|strengthened)",
    re.IGNORECASE,
)
PARTICLE_UP = re.compile(
    r"\b(?:ma[dk]\w*|com(?:e|es|ing)|came|br(?:ing|ought)\w*|add\w*|sum\w*|sign\w*|set\w*|"
    r"end\w*|follow\w*|br(?:eak|oke)\w*|drill\w*|pick\w*|look\w*|"
    r"back\w*|speed\w*|turn\w*|show\w*|point\w*|writ\w*|wrote|narrow\w*|boil\w*|stand\w*|"
    r"stood|split\w*|tak\w*|took|slow\w*|built|build\w*|warm\w*|catch\w*|speak\w*) $",
    re.IGNORECASE,
)
"""Verbs whose "up" and "down" say no direction."""
