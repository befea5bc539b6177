"""Wordings and what they are turned into: each pair is a mistake that an analyst makes, or another way to say the same."""

from __future__ import annotations

REVERSED = [
    ("fell", "rose"), ("dropped", "climbed"), ("drop", "rise"), ("fall", "increase"), ("declined", "improved"),
    ("decline", "improve"), ("went down", "went up"), ("slid", "grew"), ("lost", "gained"), ("lower", "higher"),
    ("below", "above"), ("decrease", "increase"), ("down", "up"), ("lowest", "highest"), ("worse", "better"),
    ("gefallen", "gestiegen"), ("fiel", "stieg"), ("sank", "wuchs"), ("bajó", "subió"), ("cayó", "aumentó"),
    ("caída", "subida"),
]  # fmt: skip
"""Read in both directions."""

CLEARED = [
    (r"(shows?|show) (a |an )?no clear change( of its own)?", r"\1 a clear drop"),
    (r"shows? no significant change( of its own)?", "clearly dropped"),
    (r"no clear change( of its own)?", "a clear drop"),
    (r"no significant change", "a significant drop"),
    (r"(neither|no|none) (\w+ )?clearly moved", r"every \2clearly fell"),
    (r"did not clearly change", "clearly fell"),
    (r"do not clearly differ", "clearly differ"),
    (r"(are|is) not clearly different", r"\1 clearly lower"),
    (r"(is|are) not (statistically )?significant(ly different)?", r"\1 \2significant\3"),
    (r"not statistically significant", "statistically significant"),
    (r"no clear difference", "a clear difference"),
    (r"(a change|the change|an improvement|That) (cannot|can't) be (told|established)( from chance)?", r"\1 is beyond doubt"),
    (r"cannot be told from chance", "is certain"),
    (r"(can|could)( just| well)? be (chance|noise|sampling error)", "is real"),
    (r"(could)( just| well) be (chance|noise|sampling error)", "is real"),
    (r"chance alone could produce", "chance could never produce"),
    (r"(is|stays?|are) (well )?within (the|its|what|it)[^.,;]*", r"\1 real"),
    (r"within the (noise|margin of error)", "certain"),
    (r"[^.;:]*(spans?|includes?) zero", " the interval is clear of zero"),
    (r"neither clearly rising nor clearly falling", "clearly falling"),
    (r"too close to call", "quite clear"),
    (r"intervals overlap almost completely", "intervals lie far apart"),
    (r"a ranking would be a coin toss", "Bremen is the worst"),
    (r"We do not know", "We know"),
    (r"Not clearly as a whole", "Yes, as a whole"),
    (r"no change can be made out", "NPS dropped as well"),
    (r"It may have risen, fallen or stayed where it was", "It improved"),
    (r"(, )?(so )?whether it is\s+above or below Leipzig cannot be said", " and Bremen is below Leipzig"),
    (r"the order of the\s+sites is not reliable, and Bremen is indistinguishable from Leipzig", "Bremen comes last"),
    (r"too few for any comparison", "enough for a comparison"),
    (r"I would not say so", "Yes"),
    (r"so there is no drop to explain yet", "so there is a drop to explain"),
    (r"the\s+question presumes a drop that the data does not show", "The drop that the question speaks of is real"),
    (r"More answers would be needed", "No more answers are needed"),
    (r"That cannot be told", "That is clear"),
    (r"(which is|is) inconclusive", "is a clear drop"),
    (r"whether opinion improved cannot be told", "opinion improved"),
    (r"Nothing here points to us getting worse", "We are getting worse"),
    (r"With this many answers a\s+difference of [\d.]+ points or more would have shown four times in five", "The gap is plain"),
    (r"keine klare\s+Veränderung", "ein klarer Rückgang"),
    (r"lässt sich nicht sicher sagen", "ist sicher"),
    (r"kann Zufall sein, das Intervall enthält die Null", "ist ein klarer Rückgang"),
    (r"No se puede asegurar", "Es seguro"),
    (r"está dentro del margen de error y el intervalo incluye el cero", "es una caída clara"),
    (r"no hay un cambio (significativo|claro)", "hay una caída clara"),
]  # fmt: skip
"""A doubt becomes a finding."""

STEADIED = [
    (r"shows? no (clear|significant) change( of its own)?", "did not change"),
    (r"no (clear|significant) change( of its own)?", "no change"),
    (r"did not clearly change", "did not change"),
    (r"do not clearly differ|are not clearly different|is not clearly different", "are the same"),
    (r"no clear difference", "no difference"),
    (r"(is|are) not (statistically )?significant(ly different)?", "is zero"),
    (r"not statistically significant", "zero"),
    (r"neither clearly rising nor clearly falling", "flat"),
    (r"a change cannot be told from chance", "NPS did not change"),
    (r"For France a change cannot be\s+established", "France did not change"),
    (r"keine klare\s+Veränderung", "keine Veränderung"),
    (r"no hay un cambio (significativo|claro)", "no ha cambiado"),
]
"""A doubt becomes the claim that nothing happened."""

REAL = [
    (r"a change in who answered", "a loss of satisfaction in every plan"),
    (r"is a mix effect", "is a real loss of loyalty"),
    (r"more of the answers now come from Starter", "customers became less satisfied in every plan"),
    (r"comes from a different composition of the\s+sample rather than from customers becoming less happy", "is real: customers became less happy"),
    (r"due to the mix and 0.5 to changes within plans", "due to changes within the plans and 0.5 to the mix"),
    (r"-11.9 points come from a changed mix \(95% interval -14.0 to -9.8, clear\), -0.5 from changes within the\s+segments \(95% interval -3.4 to \+2.4, not clear\)",
     "-0.5 points come from a changed mix (95% interval -3.4 to +2.4, not clear), -11.9 from changes within the segments (95% interval -14.0 to -9.8, clear)"),
    (r"liegt an einer anderen Zusammensetzung der Antworten", "liegt daran, dass die Kunden selbst unzufriedener wurden"),
]  # fmt: skip
"""A changed mix becomes a real change."""

AFFIRMED = [
    (r"do(es)? not (say|show)", "show"), (r"cannot (tell|show|say)", "can tell"), (r"(can|could) not be (told|said)", "can be said"),
    (r"cannot be (told|said|attributed|established)", "can be told"), (r"not why", "and why"), (r"not what the cause was", "and what the cause was"),
    (r"is not in the data", "is in the data"), (r"need not be", "must be"), (r"does not follow", "follows"),
    (r"is not proof of a cause", "is proof of the cause"), (r"I would not pin it on the app", "I would blame the app"),
    (r"these answers do not tell", "these answers tell"), (r"these answers cannot tell", "these answers tell"),
    (r"lässt sich nicht sagen: Es gibt keine Gruppe, mit der man vergleichen könnte", "steht fest"),
    (r"sagen die Daten nicht", "zeigen die Daten"), (r"Los datos no dicen por qué", "Los datos dicen por qué"),
    (r"(if|only a trial with members drawn at random could show whether) the club has an effect", "the club has an effect"),
    (r"not what\s+would change it", "and what would change it"),
    (r"so there is nobody to compare with", "and that settles it"), (r"whatever else happened in that month is in it", "nothing else happened"),
    (r"A roll-out in steps would tell\.", ""), (r"This is a correlation\.", ""), (r"A season is no cause, and w", "W"),
    (r"it cannot be attributed to the tickets", "the tickets make them so"), (r"no clear difference is left", "the difference stays"),
    (r"the survey has no\s+group to compare with", "it is plain to see"),
]  # fmt: skip
"""A limit of the data becomes knowledge."""

TRUSTED = [
    (r"Do not trust this experiment yet", "You can trust this experiment"),
    (r"do not have the planned sizes", "are as planned"), (r"may be who was put there", "is what green does"),
    (r"so something went wrong in the assignment", "which is fine"), (r"There is a sample ratio mismatch: [^.]*\.", "The groups are as planned."),
    (r"the result is not reliable", "the result is reliable"), (r"Until it is explained, ", ""), (r"Not on this evidence\.", "Yes."),
    (r"Treat the rise with care\.", "The rise is real."), (r"are not comparable", "are comparable"), (r"It does not follow from these figures\.", "Yes."),
    (r"but the survey channel changed in that month", "and nothing else changed"), (r"the survey moved from e-mail to SMS, and answers by SMS score higher in general", "the new app came out"),
    (r"Within\s+email alone no clear change is left\.", ""), (r"are not a mirror of all", "stand for all customers"),
    (r"answer much less often than older ones and score lower", "score lower than older ones"), (r"With a caveat\.", "Yes."),
    (r"the figure is biased towards the\s+older ones, who answer more", "the figure is sound"),
    (r"The response rate of young customers is 6 % against 31 % among older ones;", ""), (r"It is the NPS of those who answered\.", "Yes."),
    (r"but it asks for the same opinion again in the same survey\. It\s+is not a driver and should be left out", "so it is the best driver"),
    (r"Be careful with the follow-up rating: it is given after the score and follows from it, so that it tops the list means\s+nothing\.", "The follow-up rating tops the list."),
    (r"it looks seasonal", "it is a new problem"), (r"The same happened in both years before, so", "This never happened before, and"),
    (r"December dips every year\.", "This December was different."),
    (r"is as deep as in the two years before; the\s+season aside,", "is new; in all,"), (r"A season is no cause, and w", "W"),
    (r"has only 9 answers, too few for any comparison", "has answers enough"), (r"but it rests on nine answers\. On so small a base t", "and it rests on good data. T"),
    (r"so those who\s+answered", "and those who answered"), (r"answer much less often than older ones and score lower, ", ""),
    (r"One week stands out: t", "T"), (r"in the week of 3 March ", "lately "), (r"Apart from that week, ", "Else, "),
]  # fmt: skip
"""A warning becomes an assurance."""

REWORDED: dict[str, list[tuple[str, str]]] = {
    "other verbs": [(r"\bfell by\b", "dropped by"), (r"\brose by\b", "increased by"), (r"\bwent down\b", "declined"), (r"\bclimbed\b", "rose"),
                    (r"\bdropped from\b", "declined from"), (r"\bslid\b", "fell"), (r"\bstieg um\b", "legte zu um"), (r"\bcayó\b", "bajó"), (r"\bsubió\b", "aumentó")],
    "clear or significant": [(r"no clear change", "no significant change"), (r"not clearly different", "not significantly different"), (r"did not clearly change", "did not significantly change"),
                             (r"no significant change", "no clear change"), (r"statistically significant", "significant"), (r"no clear difference", "no significant difference")],
    "short forms": [(r"\bcannot\b", "can't"), (r"\bdo not\b", "don't"), (r"\bdoes not\b", "doesn't"), (r"\bdid not\b", "didn't"), (r"\bis not\b", "isn't"), (r"\bare not\b", "aren't")],
    "chance or noise": [(r"could well be noise", "may well be chance"), (r"within the noise", "within the margin of error"), (r"within the margin of error", "no larger than the noise"),
                        (r"cannot be told from chance", "can't be told apart from random variation"), (r"be sampling error", "be noise")],
    "passive": [(r"NPS fell by ([\d.]+) points", r"A fall of \1 points in NPS was measured"), (r"rose by 14 points", "saw a rise of 14 points"), (r"These figures show who changed, not why", "Who changed is shown by these figures, not why"),
                (r"This says who changed, not what the cause was", "Who changed is said here, not what the cause was"), (r"which is clearly more than\s+chance", "and that is clearly more than chance")],
    "other nouns": [(r"Simpson's paradox", "what is known as Simpson's paradox"), (r"composition of the\s+(sample|respondents)", r"make-up of the \1"), (r"a changed mix", "a shift in the mix"), (r"share of the (answers|responses)", r"share of all \1")],
}  # fmt: skip
"""The same in other words."""
