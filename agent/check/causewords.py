"""The wordings that make one thing responsible for another, and those in which they make no such claim."""

from __future__ import annotations

import re
from typing import Literal

Side = Literal["after", "before", "both"]
"""Where the cause stands: after the words, before them, or anywhere in the sentence."""

_AMOUNT = (
    r"(?!\s*(?:an? (?:estimated|average|further)|about|around|some|roughly|nearly|almost|"
    r"over|more|up to|[-+\u2212\d\x00]))"
)
_EFFECT = (
    r"(?:nps|scores?|satisfaction|loyalty|sentiment|retention|conversion|churn|ratings?|figures?|results?|numbers?|"
    r"responses?|customers?|users?|people|guests?|students?|clients?|members?|subscribers?|"
    r"respondents?|everyone|everybody|"
    r"detractors?|promoters?|passives?|us|them|it|this|that|things|trust|mood|recommendations?|"
    r"drop|fall|rise|decline|"
    r"loss|gap|change|difference|increase|decrease|improvement|movement|dip|slump|gain)"
)
_OBJECT = rf"(?=\s+(?:(?!than\b|of\b|in\b|by\b)[\w'’-]+\s+){{0,3}}?{_EFFECT}\b)"
_DONE = (
    r"caused|driven|fuell?ed|triggered|sparked|prompted|explained|produced|induced|provoked|"
    r"spurred|propelled|powered|"
    r"brought (?:about|on|down|up)|hit|hurt|helped|harmed|lifted|boosted|raised|lowered|reduced|dragged(?: down)?|"
    r"pulled(?: down| up)?|pushed(?: down| up)?|weighed(?: down)?|held (?:back|down|up)|shaped|influenced|affected|"
    r"impacted|undermined|eroded|damaged|depressed|dented|strengthened|weakened|improved|"
    r"worsened|reinforced|compounded|"
    r"aggravated|exacerbated|inflated|led|annoyed|frustrated|upset|irritated|angered|disappointed|put off|delighted|"
    r"motivated|accompanied and caused|offset|cushioned|outweighed|kick-started|set off|unleashed"
)
_MADE = (
    r"trigger|spark|prompt|provok|fuel|induc|spur|hurt|harm|damag|dent|depress|erod|undermin|"
    r"boost|lift|help|rais|lower|"
    r"reduc|improv|increas|decreas|worsen|weaken|strengthen|cut|hit|annoy|frustrat|upset|irritat|anger|disappoint|"
    r"delight|pleas|affect|impact|influenc|shap|creat|generat|produc|explain|kill|ruin|wreck|sav|rescu|reviv|motivat|"
    r"alienat|scar|unsettl|offset|inflat|drag|pull|push|knock|cost|sap|squeez|dampen|temper|buoy|bolster|swell|mov"
)
_NOUN = r"(?:reason|cause|driver|explanation|culprit|trigger|root|key factor|deciding factor|factor|problem|origin)s?"
_ADJECTIVE = (
    r"(?:(?:main|real|root|likely|biggest|key|chief|primary|true|sole|only|underlying|"
    r"obvious|major|simple|first|one|single|most \w+) )*"
)

AFTER = re.compile(
    rf"\b(?:because of|because|cos|due to|owing to|thanks to|on account of|by (?:reason|"
    rf"virtue) of|on the (?:back|heels) of|in the "
    rf"wake of|(?:in|an?) (?:direct |natural )?(?:response|reaction|answer) to|suffer(?:s|"
    rf"ed|ing)? (?:\w+ )?from|(?:responds?|responded|reacts?|reacted) (?:\w+ )?to|follow(?:s|"
    rf"ed)? from(?! (?:the (?:table|figures?|test)|this|these))|"
    rf"(?:leave|leaves|leaving|left|quit|cancel\w*|churn\w*|walk(?:ed|ing)? away|depart\w*) "
    rf"(?:us )?(?:over|about)|(?:unhappy|angry|upset|dissatisfied|frustrated|annoyed|"
    rf"disappointed|displeased|fed up|happy|pleased|delighted|satisfied|impressed) (?:about|"
    rf"over|with|by|at)(?! (?:us|it|this|that|\d|about|nearly)\b)|"
    rf"(?:origins?|roots?|basis) in|(?:is|are|was|were) what happens when|happens? when|"
    rf"punish\w* (?:us|it|them) for|reward\w* (?:us|it|them) for|"
    rf"as an? (?:\w+ )?(?:result|consequence|outcome) of|(?:the|an?|one) (?:\w+ ){{0,2}}?"
    rf"(?:result|consequence|outcome|fruit|upshot|by-?product|symptom) of(?! (?:the (?:test|"
    rf"comparison|query|experiment|"
    rf"search)|this|these|a (?:test|query)|that (?:test|search)))|"
    rf"(?:{_DONE}) by{_AMOUNT}|attribut(?:ed|able|es) to|ascrib\w+ to|credited (?:to|with)|"
    rf"(?:blamed?|pinned|blames?) on|"
    rf"(?:put|puts|putting) (?:\w+ ){{0,4}}?down to|trac(?:ed|es|eable|ing) (?:back )?to|"
    rf"(?:stem(?:s|med|ming)?|result(?:s|ed|ing)?|"
    rf"aris(?:es|ing|e)|arose|originat\w+|deriv(?:es|ed|ing)|springs?|sprang) (?:\w+ly "
    rf")?from|(?:drop|fall|decline|decrease|"
    rf"rise|increase|gain|gap|difference|change|loss|movement|improvement|this|it|that|"
    rf"results?|problem|weakness|strength) "
    rf"(?:\w+ly |all )?(?:comes?|came|coming) from|(?:comes?|came|coming|boil(?:s|ed)?) "
    rf"(?:\w+ )?down to|(?:is|are|was|were) "
    rf"(?:\w+ly |all |mostly )?down to|goes back to|going back to|rooted in|(?:owe[sd]?|"
    rf"owing) (?:\w+ ){{0,5}}?to|(?:has|have|had) (?:\w+ )"
    rf"{{0,2}}?to do with|hinge[sd]? on|reflect(?:s|ed|ing)|the work of|the doing of|(?:in|"
    rf"from|under) the (?:face|shadow) of|"
    rf"behind (?:this|it|that|these|both|the \w+) (?:is|are|was|were|lies?|lay|stands?|stood)|"
    rf"(?:the|our|its|their|one|another|a) {_ADJECTIVE}{_NOUN}(?: (?:for|of|behind|why|that) [^.;,]{{0,60}}?)? "
    rf"(?:is|are|was|were|lies?|lay|has been|remains?)(?: (?:simply|clearly|probably|mainly|in|that))?|"
    rf"(?:why|what (?:caused|drove|explains)) [^.;,?]{{0,60}}? (?:is|was|are|were)|{_ADJECTIVE}(?:reasons?|"
    rf"causes?|drivers?):)(?!\w)",
    re.IGNORECASE,
)
BEFORE = re.compile(
    rf"\b(?:caus(?:ed|es|ing|e(?= (?:the|a|an|it|this|more|fewer|nps|lower|higher)))|(?:led|"
    rf"leads?|leading) (?:\w+ly )?to|"
    rf"(?:is|are|was|were|has been|have been|proved|turned out)(?: to be)? (?:an? |our "
    rf"|the )?(?:\w+ )?(?:success|mistake|failure|disaster|win|flop|error|triumph|"
    rf"setback|blow|boon|blessing|deal-?breakers?|stumbling blocks?|bone of contention)(?! "
    rf"(?:rate|criterion|criteria))|(?:determin|govern|decid|dictat)(?:es?|ed|ing)(?! (?:by|"
    rf"on|to|that|as)\b)|"
    rf"(?:attract(?:s|ed|ing)?|breeds?|invites?|draws?) (?:\w+ ){{0,2}}?(?:customers|people|"
    rf"users|guests|detractors|promoters|complaints)|"
    rf"drove(?! by)|driv(?:es|en|ing|e(?= (?:the|up|down|nps|it|this|our|customers)))(?! by)|"
    rf"result(?:ed|s|ing)? in|(?:{_MADE})(?:e?d|es|s|ing|ped|ting|ged|ging|ting){_OBJECT}|"
    rf"(?<!a )(?<!an )(?<!the )(?<!\w[-/])(?:{_MADE})e?"
    rf"(?= (?:(?:the|our|its|their|all) )?(?:nps|scores?|satisfaction|loyalty|us|them|customers|"
    rf"people|users|guests|things|trust|morale|how)\b)|hurts?(?! by)|hurting|backfir\w+|"
    rf"br(?:ings?|ought|inging) (?:(?:this|it|that|the \w+|about|on|more|fewer|new|us) "
    rf")?(?:about|down|unhapp\w+|complaints|detractors|losses)|"
    rf"contribut(?:es?|ed|ing) (?:\w+ly )?to|account(?:s|ed|ing)? for|weigh(?:s|ed|ing)? "
    rf"(?:\w+ )?on|explains?(?= why)|"
    rf"ma(?:de|kes?|king) (?:[\w'’-]+ ){{1,4}}?(?:lower|higher|worse|better|(?:un|dis)?(?:happ\w+|"
    rf"satisf\w+)|angry|loyal|leave|"
    rf"fall|drop|rise|improve|recommend\w*|stay|annoyed|frustrated|cancel|quit|complain)|"
    rf"ma(?:de|kes?|king) (?:all the|the|a|much of a) "
    rf"(?:big |real |clear |whole )?difference|cost(?:s|ing)? (?:us|the (?:company|business|"
    rf"nps)|about|some|nearly|roughly|[\d\x00-])|"
    rf"did (?:this |that )?to (?:us|our|the|nps|them|it|customers)|did the trick|pa(?:id|"
    rf"ys|ying) off|bore fruit|(?:took|takes|taking) (?:its|their|"
    rf"a) toll|(?:left|leaves) (?:its|their|a) mark|work(?:ed|s) as intended|mov(?:ed|es) "
    rf"the needle|turn(?:ed|s) (?:it|things|"
    rf"customers|people|users|them|the tide) (?:around|off|against|away)|put(?:s|ting)? "
    rf"(?:customers|people|users|them|guests) off|"
    rf"(?:to|(?:is|are|was|were) (?:at|in)) (?:blame|fault)(?! (?:the|for nothing))|responsible "
    rf"for|(?:is|are|was|were|lies?|lay|stands?) (?:\w+ly )?behind(?= (?:this|"
    rf"it|that|the (?:drop|fall|decline|rise|gap|change|result|figure|low|high|difference|"
    rf"score|loss|gain|weak\w*|strong\w*)|these|both))|"
    rf"(?:play(?:s|ed)?|ha[ds]|have) (?:an?|its|their) (?:\w+ )?(?:part|role|hand|share) "
    rf"in|(?:is|are|was|were|be|been|being) "
    rf"(?:an? |the |one |our |its |their )?{_ADJECTIVE}(?:reasons?|causes?|culprits?|drivers?|"
    rf"triggers?|explanations?|effects)(?: (?:of|for|behind|why|here))?(?!\w)|"
    rf"(?:ha[ds]|have|having) (?:an?|its|their|the) (?:\w+ ){{0,3}}?(?:impact|effect|influence|"
    rf"bearing)|(?:impact|effect|influence)s? (?:"
    rf"of(?= (?:the|our|this|that|these|its|an?|raising|introducing|moving|switching|\w+ing) "
    rf")|was|is|on(?= (?:nps|the|our|scores?|satisfaction|"
    rf"loyalty|customers)))|as an? (?:direct )?(?:result|consequence)(?! of)|which is why|"
    rf"that(?:'s| is) why|this is why|consequently|"
    rf"thereby|with the (?:result|effect) that|for (?:this|that|these) reasons?|brought "
    rf"(?:this|it|that) (?:about|on)|"
    rf"(?:deserves?|gets?|earns?) (?:the |all the |most of the )?(?:credit|blame)|(?:credit|"
    rf"blame) (?:goes|belongs) to|knock(?:ed|s) (?:\S+ )"
    rf"{{0,3}}?off|(?:is|are|was|were) decisive|(?:chas|lur|scar|frighten|driv|turn|push)(?:e|"
    rf"es|ed|ing|d)? (?:\w+ )?(?:customers|people|users|guests|detractors|promoters|them) "
    rf"(?:away|off|back)|"
    rf"(?:keeps?|kept) (?:\w+ )?(?:customers|people|users|guests|promoters|them) (?:loyal|"
    rf"happy|satisfied|coming|with)|means? (?:that )?(?:the )?(?:lower|higher|worse|better|"
    rf"fewer|more|happier|unhappier) "
    rf"(?:scores?|nps|ratings?|customers|promoters|detractors|satisfaction)|(?:is|are|was|"
    rf"were|be) (?:an? |the |one |our )?(?:\w+ )?(?:levers?|root|origin|key|decisive factor)(?: "
    rf"(?:of|for|behind|to|here))|"
    rf"(?:is|are|was|were) responsible|(?:brings?|brought|wins?|won) (?:\w+ )?(?:customers|"
    rf"people|users|guests|detractors|promoters|them) back|"
    rf"(?:is|are|was|were) behind it|hurt (?:us|them))(?!\w)",
    re.IGNORECASE,
)
BOTH = re.compile(
    r"\b(?:without|but for|had it not been for|were it not for|if (?:it (?:were|was) )?not "
    r"for|in the absence of)\b[^.;]{3,120}?\bwould(?:n't| not)?\b|"
    r"\bwould(?:n't| not)? (?:have |be )[^.;]{0,60}?\b(?:without|but for|had it not been "
    r"for|were it not for|if not for)\b|"
    r"\b(?:had|were) (?:the|our|its|their|[a-z]+) [^.;,?]{3,60}?, [^.;?]{2,60}?\bwould\b|"
    r"\bwith (?:an? |the |more |fewer )?(?:better|worse|faster|slower|lower|higher|cheaper|"
    r"more|less|fewer|good|proper) "
    r"[^.;]{3,80}?\bwould\b|\b(?:is|are|was) what (?:customers|people|users|guests|they|"
    r"made|makes|drove|drives|hurt|helped|counts|matters)\b|\bwhat (?:customers|people|"
    r"users|guests|they) "
    r"(?:\w+ )?(?:dislike|like|hate|love|punish|want|need|miss|reward|resent|appreciate|"
    r"value)\w* [^.;,?]{0,40}?(?:is|was|are|were)\b|"
    r"\b(?:can|could|must) only mean\b|\bwill (?:\w+ )?(?:go (?:up|down)|rise|fall|improve|"
    r"increase|drop|decline|recover|grow|climb)\b|(?<=, )given (?=(?:the|our|how|that|"
    r"their)\b)|"
    r"\b(?:did|does|do) (?:its|their) (?:job|work)\b|\bit (?:was|is) (?:the|our|their) "
    r"[^.;,]{2,50}? (?:that|which|who) (?:made|did|drove|"
    r"brought|kept|pushed|pulled|hurt|cost|turned|led)\b|"
    r"\bwhat (?:made|makes|drove|drives|brought|pushed|dragged) [^.;,?]{2,60}? (?:is|was|are|were)\b|"
    r"\b(?:the (?:more|less|higher|lower|longer|faster|slower)) [^.;,]{2,40}, the (?:more|"
    r"less|higher|lower|happier|unhappier)\b",
    re.IGNORECASE,
)
REASONED = re.compile(r"\b(?:therefore|thus|hence|so that|accordingly|in turn)\b", re.IGNORECASE)
"""Words that make a cause only of what happened to people or scores."""
SINCE = re.compile(
    r"(?:(?<=, )|(?<=^))since (?=(?:the|our|its|their|an?|many|more|most|some|customers?|"
    r"users?|people|guests?|students?|they|we|"
    r"it|both|nobody|support|service|prices?|competitors?|\w+ (?:is|are|was|were|has|have|had|became|got) )\b)|"
    r"\bsince (?=(?:the|our|its|their|an?|many|customers?|users?|people|they|we) (?:\w+ ){0,3}?"
    r"(?:launch|rais|introduc|chang|clos|cut|start|stopp|switch|mov|announc|open|remov|"
    r"drop|left|became|got|made|lost)\w* )",
    re.IGNORECASE,
)
AS = re.compile(
    r"(?<!as well )(?<!such )(?<!same )(?<!as far )(?<!as long )\bas (?=(?:the|our|their|"
    r"its|these|those|many|more|most|some|"
    r"customers?|users?|people|guests?|students?|clients?|they|we|it|nobody|everyone|competitors?|"
    r"support|service|prices?|"
    r"delivery|waiting|staff|fewer|\d[\d.,]*%?) (?:[\w'’%-]+ ){0,5}?(?:are|is|was|were|"
    r"has|have|had|do|does|did|get|gets|got|"
    r"can|feel|felt|\w{3,}ed|became|went|grew|fell|rose|left|leave|find|found|want|prefer|need|complain)\b)",
    re.IGNORECASE,
)
FOLLOWING = re.compile(
    r"(?<!the )(?<!The )\bfollowing (?!(?:quarters?|months?|years?|weeks?|days?|table|"
    r"list|figures?|each|one|suit|by|is|are|was)\b)"
    r"(?=(?:the|our|its|their|an?|last|this|\w+) \w+)",
    re.IGNORECASE,
)

DOUBTED = re.compile(
    r"\b(?:whether|if|unless|can(?:not|'t| not)|could(?:n't)?|may|might|perhaps|possibly|"
    r"maybe|probably could|unclear|unknown|"
    r"uncertain|unsure|suspect\w*|hypothes\w+|assum\w+|suppos\w+|question(?:s|ed)?|wonder\w*|"
    r"need(?:s|ed)? not|needn't|"
    r"(?:not|n't|never|nor|nobody|nothing|no one|neither|none)(?: \w+){0,3}? (?:say|says|"
    r"said|tell|tells|told|show|shows|shown|prov\w+|mean|means|"
    r"imply|establish\w*|settle|know|knows|known|support|confirm|conclude|claim|separate|"
    r"decide|identif\w+|answer|hold|reveal|indicate|suggest)|"
    r"nothing (?:here |in \w+ \w+ )?(?:says|shows|tells|suggests|proves)|(?:no|little|"
    r"without|lack of|any) (?:\w+ )?(?:evidence|"
    r"proof|signs?|indication|statement|claim|information|data|word|basis|reasons?|way)|"
    r"hard to (?:say|tell)|impossible to|to (?:see|test|check|find out|"
    r"learn|settle|know|understand|tell|judge)(?: \w+){0,2}|(?:would|could|can|to|will) "
    r"settle|ask(?:s|ed|ing)?(?! (?:for more|too much))|told apart|not necessarily|"
    r"hope[sd]?|want\w*|expect\w*|theory|idea|belie[fv]\w*|premise|guess|rumou?r|"
    r"(?:say|tell|show|prove|mean)s? nothing)\b|"
    r"n't(?: \w+){0,3}? (?:say|tell|show|shown|prove\w*|mean|imply|establish\w*|settle|know|known|support|confirm|"
    r"conclude|claim|separate|decide|identif\w+|answer|reveal|indicate|suggest)\b",
    re.IGNORECASE,
)
CLOSED_DOUBT = re.compile(r"\b(?:chance|noise|shown|read|told|tested)\b(?:\s*\([^()]*\))?[\s,]*$", re.IGNORECASE)
"""A doubt that ended before the cause was told: "may be chance thanks to the new programme"."""
DENIED_NEAR = re.compile(
    r"(?:\b(?:not|never|nor|neither|hardly|rather than|instead of|no|without|than)\b|n't)"
    r"(?: (?:just|simply|necessarily|really|mainly|solely|purely|directly|an?|the|be|been|being|have|all|even|longer|"
    r"what|why|how|which|who|\w+ed|single|\w+ly))*\s*$",
    re.IGNORECASE,
)
DENIED = re.compile(r"\b(?:not|never|nor|neither|nothing|nobody|none|no|hardly|without|nowhere)\b|n't\b", re.IGNORECASE)
DENIED_AFTER = re.compile(
    r"\s*(?:no\b|nothing|little|neither|hardly|not\b|n't|(?:[^\s,;]+ ){0,6}?(?:(?:is|was|"
    r"are|were|remains?)(?: not|n't)? (?:unknown|unclear|open|"
    r"clear|known|shown|established|proven|told|to be)|cannot|can't|is not|are not|isn't|"
    r"was not|does not|do not|did not|need not|needn't|would need|could not|might|may)|"
    r",? (?:is|are|was|were|remains?)(?: not|n't)? (?:unknown|unclear|open|known|shown|established|proven)\b)",
    re.IGNORECASE,
)
OVERDONE = re.compile(
    r"\b(?:prov(?:es|ed|ing)|beyond (?:any |all |a |every |reasonable |the shadow of a "
    r")*doubts?|irrefutabl\w*|indisputabl\w*|unquestionabl\w*|"
    r"undeniabl\w*|guarantee[sd]?|incontrovertibl\w*|conclusively|single-handedly|there is no (?:doubt|question)|"
    r"(?:all|any|every|each) other (?:possible )?(?:explanation|cause|reason|factor|influence)s? "
    r"(?:(?:has|have|is|are|was|were|can be)(?: \w+)? (?:been )?)(?:ruled out|excluded|eliminated)|"
    r"nothing else (?:can|could|would|might) (?:\w+ )?(?:explain|account|be behind)\w*|"
    r"no other (?:explanation|cause|reason) (?:is|remains|is left|exists)|"
    r"free (?:of|from) (?:all |any )?confound\w*)\b",
    re.IGNORECASE,
)
SURE = re.compile(
    r"\b(?:certainly|definitely|undoubtedly|without (?:a |any )?doubt|no doubt|for certain|"
    r"for sure|obviously|absolutely|"
    r"entirely|solely|purely|exclusively|wholly|completely|fully|100 ?%|the (?:only|sole|"
    r"single) (?:reason|cause|driver|explanation))\b",
    re.IGNORECASE,
)
METHOD = re.compile(
    r"\b(?:intervals?|samples?|base|test(?:ed|s)?|certain|sure|shown|hidden|suppressed|"
    r"withheld|left out|comparable|figures?|wider?|"
    r"narrow\w*|(?:over-?|under-?)?represent\w*|read|treat\w*|trust|exact|judged?|rank\w*|"
    r"told|reported?|estimates?|counted|excluded|clear|clearly|significant|"
    r"unclear|uncertain\w*|careful|caution|care|cannot|can't|separate|too few|rounded|"
    r"differ from the table|numbers?|precis\w+|"
    r"weighted|adjusted|matched|compar\w+|picked|would read|statement|conclu\w+|dropped|"
    r"kept|rows?|duplicates?|score[sd]? outside|"
    r"add up|widened|limited|partial|incomplete|not complete|chance|small|assum\w+|says?|say)\b",
    re.IGNORECASE,
)
OF_DATA = re.compile(
    r"\b(?:answer(?:s|ed)?|respon(?:ded|ses|dents?|se rate)|samples?|base|rows?|data|surveys?|"
    r"intervals?|twice|more than once|fewer|too few|"
    r"small|large|n =|tests?|tested|chance|compar\w+|groups?|random\w*|columns?|figures?|"
    r"digits?|count\w*|weight\w*|estimat\w*|"
    r"assum\w*|search\w*|cuts?|scor(?:e|es|ed)|they|it|these|overlap\w*|zero|picked|months?|"
    r"quarters?|periods?|dates?|values?|missing|"
    r"themes?|comments?|several|promoters?|passives?|detractors?|cells?|both|minimum|sql|query|free)\b|\d",
    re.IGNORECASE,
)
OF_METHOD = re.compile(
    r"\b(?:answered (?:twice|more than once|only|several|repeatedly|again)|fewer than|"
    r"too few|(?:the |this )?data (?:begins?|ends?|starts?|has|"
    r"have|holds?|covers?|is|are|comes?|does|do)|no (?:column|score|date|interval)|suppress\w+|"
    r"withheld|small (?:base|sample|groups?|cells?)|"
    r"overlap\w*|intervals?|the sample|chance|random\w*|sampling|the test|the search|rounding|"
    r"the minimum|missing values?|sql|quer(?:y|ies)|rows?|"
    r"multiple answers|repeated answers|picked out|several themes|the survey|measured? differently)\b",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"\b(?:(?:I|we)(?: would|'d| suggest| recommend| propose| advise)|worth (?:a|look|"
    r"ask|check|try)\w*|start with|consider|next steps?|you (?:could|can|may|should)|"
    r"should|recommend(?:ation|ed)? is|look (?:at|into)|suggest\w*|priorit\w+|first, )",
    re.IGNORECASE,
)
HAPPENED = re.compile(
    r"\b(?:rose|rise|fell|fall\w*|dropp?\w*|declin\w+|improv\w+|worsen\w*|lower\w*|higher|"
    r"unhapp\w+|happier|dissatisf\w+|satisf\w+|"
    r"churn\w*|left|leav\w+|complain\w*|cancel\w*|quit|weak\w*|strong\w*|suffer\w*|lost|"
    r"gain\w*|loyal\w*|disappoint\w*|moved)\b",
    re.IGNORECASE,
)
OTHER_OUTCOMES = re.compile(
    r"\b(?:cancel\w*|churn\w*|complain\w*|revenue|sales|turnover|profits?|tickets?|refunds?|"
    r"resign\w*|quit|unsubscri\w*|downgrad\w*|upgrad\w*|"
    r"renewals?|referrals?|usage|engagement|visits?|bookings?|orders?)\b",
    re.IGNORECASE,
)
ACCOUNTED = re.compile(
    r"\b(?:mix|composition|make-?up|shares? of|answers? (?:now )?(?:come|came) from|(?:more|"
    r"fewer) (?:answers|customers|respondents)? ?(?:now )?(?:\w+ )?(?:from|on|of)|within|"
    r"same (?:plan|segment|group)|of the same|lower scores|scores within|answering (?:lower|"
    r"higher)|scoring (?:lower|higher)|change|shift)\b",
    re.IGNORECASE,
)
VARIATION = re.compile(
    r"\b(?:variation|variance|importance|of what|all (?:four|three|five|of them)|drivers?|"
    r"ratings?|together|explained)\b|%",
    re.IGNORECASE,
)
