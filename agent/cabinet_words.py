"""Words that people use for what a tool does; `find_tools` looks through them.

A phrase of several words counts whole when the query holds all of them. Endings do not matter (`agent.cabinet.stems`).
"""

from __future__ import annotations

_WORDS = {
    "describe_data": (
        "what data is there; columns; list of dimensions; dimension values; schema; describe the data; "
        "fields; which tables"
    ),
    "data_quality": (
        "data quality; cleaning; dropped rows; duplicates; invalid; bad data; without score; excluded; "
        "problems with the data; trust the data; missing scores; how clean; was anything dropped; data "
        "problems"
    ),
    "nps": (
        "nps level; nps by group; current nps; nps of a segment; split by dimension; how many promoters; "
        "promoters passives detractors; share of detractors; count of answers; ranking of segments; nps score"
    ),
    "compare": (
        "compare two groups; compare two periods; difference between groups; difference between two means; "
        "test a difference; significant difference; significance; versus; against everybody else; t-test; "
        "test churn rate between groups; compare means; compare shares; proportions; rate differs; year over "
        "year; gap between two groups; welch"
    ),
    "trend": (
        "trend; over time; monthly; per month; development; rising; falling; slope; time series; history; "
        "timeline; evolution"
    ),
    "nps_distribution": (
        "distribution; histogram; spread of scores; mean score; average score; median; each score; how many "
        "gave 10; polarised; two humps; bimodal; shape; skewed; extremes"
    ),
    "response_bias": (
        "response rate; who answers; who did not answer; non-response; nonresponse; non-respondents; "
        "representative; weighting; weighted nps; survey bias; silent customers; coverage; selection bias; "
        "raking; participation"
    ),
    "benchmark": (
        "benchmark; industry; competitor; competition; rival; published figure; target; goal; norm; industry "
        "average; how do we compare with others; external figure; market"
    ),
    "cohort_nps": (
        "cohort nps; nps by tenure; joining cohort; sign-up cohort; age of customers; time since joining; new "
        "against old customers; vintage; customer lifetime; newer customers; generations; onboarding cohort"
    ),
    "retention": (
        "retention; churn; stay; leave; left; survival; kaplan-meier; attrition; retention curve; how long "
        "customers stay; repeat purchase; still active; cancel; lifetime; loyal; stickiness; dropout"
    ),
    "decompose_change": (
        "why did nps change; why did nps fall; mix effect; within effect; decompose; decomposition; simpson; "
        "what changed; shift in mix; composition; break down the change; contribution to the change; drop "
        "explained"
    ),
    "find_outliers": (
        "outliers; segments that stand out; worst segments; best segments; unusual segments; anomaly; "
        "pockets; which groups are unhappy; where is it bad; extreme groups; search all segments; hot spots; "
        "anomalies"
    ),
    "find_change_points": (
        "change point; when did it change; since when; break; break date; structural break; turning point; "
        "shift in level; when did nps drop; sudden drop; date of the drop; began; start of the decline; jump"
    ),
    "seasonality": (
        "season; seasonal; seasonality; seasonal pattern; weekday; day of the week; month of the year; "
        "weekend; cyclical; calendar pattern; christmas; holiday; summer"
    ),
    "key_drivers": (
        "key drivers; drivers; what drives; importance; correlates; correlation; ratings that matter; "
        "regression; shapley; what matters most; importance performance; predictors; attributes; relative "
        "weights; factors"
    ),
    "priorities": (
        "priorities; prioritise; prioritize; what to do first; where to start; roadmap; impact urgency "
        "effort; actions; most important problem; what to fix; quick wins; biggest lever"
    ),
    "impact": (
        "impact of an event; effect of the price rise; effect of a release; before and after an event; causal "
        "impact; difference in differences; event study; did the launch; caused; intervention; rollout; "
        "migration; price increase; parallel trends; policy change"
    ),
    "matched_effect": (
        "matching; matched; propensity; comparable customers; like with like; confounding; confounders; "
        "adjusted comparison; adjust for; control for; observational effect; weighting treated; balanced "
        "groups; is the gap real; similar customers; all else equal; apples to apples; selection; treatment "
        "effect"
    ),
    "experiment": (
        "a/b test; ab test; split test; experiment; variant; randomised; randomized; treatment arm; holdout; "
        "control group; test and control; sample ratio mismatch; srm; cuped; conversion uplift; uplift; "
        "winner; rollout test"
    ),
    "sample_size": (
        "sample size; how many answers; how many responses; power; margin of error; detectable; enough "
        "answers; minimum detectable; survey planning; how long to run; precision; number of respondents "
        "needed"
    ),
    "themes": (
        "themes; topics; what do customers talk about; complaints; complain; comments about; reasons; text "
        "analysis; codebook; what do detractors say; verbatim themes; feedback categories; mentions; praise"
    ),
    "theme_impact": (
        "theme impact; which complaints go with low scores; cost of a theme; nps of those who mention; theme "
        "nps; topics that hurt; which topic lowers nps; topic effect; mentioning; complaints cost; points per "
        "theme"
    ),
    "sentiment": (
        "sentiment; tone; positive comments; negative comments; mood; emotion; vader; polarity; angry; happy; feeling"
    ),
    "quotes": (
        "quotes; quotation; verbatim; verbatims; comment text; own words; examples of comments; words; what "
        "exactly did they write; voice of the customer; testimonial; read the comments; sample comments; show "
        "comments; citations; testimonials"
    ),
    "run_sql": (
        "sql; query; custom query; average of a number; sum; revenue; count customers; raw table; select; "
        "group by; total amount; median amount"
    ),
}
KEYWORDS = {name: tuple(words.split("; ")) for name, words in _WORDS.items()}
"""Tool → phrases."""
