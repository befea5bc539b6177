"""The tools for comments, as an analyst would write them in plain pandas with the usual libraries."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pandas_frames import Figure, cells, clustered_error, customers, figure, least_squares, survey, way

STARTER = Path(__file__).resolve().parent.parent / "tools" / "comments" / "starter.yaml"
THEME = "billing and payment"
SEED = 1


def commented(folder: Path, most: int) -> tuple[pd.DataFrame, int]:
    """A sample of the answers with a comment, and how many there are."""
    frame = survey(folder, "customer_id", "comment", scored=False)
    frame = frame[frame["comment"].notna()]
    frame = frame[frame["comment"].str.strip() != ""]
    return frame.sample(min(most, len(frame)), random_state=SEED), len(frame)


def coded(folder: Path, most: int) -> pd.DataFrame:
    """A column for each theme of the starter codebook: its English words, with the commonest endings."""
    frame, _every = commented(folder, most)
    texts = frame["comment"].str.lower()
    hits = {}
    for theme in yaml.safe_load(STARTER.read_text(encoding="utf-8"))["themes"]:
        words = (re.escape(word).replace(r"\*", r"\w*") for word in theme["words"].get("en", []))
        hits[theme["name"]] = texts.str.contains(rf"\b(?:{'|'.join(words)})(?:s|es|d|ed|ing)?\b", regex=True)
    return frame[["customer_id", "score", "value"]].join(pd.DataFrame(hits))


@way
def themes(folder: Path) -> list[Figure]:
    from scipy import stats

    frame = coded(folder, 40_000)
    scored, who = frame[frame["score"].notna()], frame["customer_id"]
    for name in frame.columns[3:]:
        stats.chi2_contingency(pd.crosstab(scored[name], scored["value"]).to_numpy())
        for part in (scored[scored[name]], scored[scored["value"] < 0], scored[scored["value"] > 0]):
            if len(part):
                cells(part)
    hit = frame[THEME].astype(float)
    error = clustered_error((hit - hit.mean()) / len(hit), who)
    return [figure("theme_share", hit.mean(), error, "sampled", theme=THEME)]


@way
def theme_impact(folder: Path) -> list[Figure]:
    frame = coded(folder, 40_000)
    frame = frame[frame["score"].notna()]
    hits = frame[[name for name in frame.columns[3:] if frame[name].any()]].to_numpy(float)
    who = frame["customer_id"].factorize()[0]
    ones, y = np.ones(len(frame)), frame["value"].to_numpy()
    least_squares(np.column_stack([ones, hits]), y, who)
    for at in range(hits.shape[1]):
        least_squares(np.column_stack([ones, hits[:, at]]), y, who)
    beta, errors = least_squares(np.column_stack([ones, frame[THEME]]).astype(float), y, who)
    every = survey(folder, "customer_id", "comment")
    every["written"] = every["comment"].notna() & (every["comment"].str.strip() != "")
    written = cells(every, ["written"])
    return [
        figure("nps_difference", beta[1], errors[1], "sampled", theme=THEME),
        figure("nps", written.loc[True, "mean"], written.loc[True, "se"], comment="written"),
    ]


@way
def sentiment(folder: Path) -> list[Figure]:
    from py3langid import langid
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    frame, _every = commented(folder, 40_000)
    frame = frame.merge(customers(folder, "plan"), on="customer_id", how="left")
    frame = frame[frame["comment"].map(lambda text: langid.classify(text)[0]) == "en"]
    analyser = SentimentIntensityAnalyzer()
    frame["compound"] = frame["comment"].map(lambda text: analyser.polarity_scores(text)["compound"])
    whole = cells(frame, of="compound").iloc[0]
    plans = cells(frame, ["plan"], of="compound")
    frame[["compound", "score"]].corr()
    return [
        figure("mean_sentiment", whole["mean"], whole["se"], "sampled"),
        figure("mean_sentiment", plans.loc["Growth", "mean"], plans.loc["Growth", "se"], "sampled", plan="Growth"),
    ]


@way
def quotes(folder: Path) -> list[Figure]:
    """The comments nearest to the middle of all, each unlike those before it, with contacts and numbers hidden."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    frame = survey(folder, "comment")
    share = frame.loc[frame["value"] < 0, "comment"].notna()
    frame = frame[(frame["value"] < 0) & frame["comment"].notna()]
    every = len(frame)
    frame = frame.sample(20_000, random_state=SEED).reset_index(drop=True)
    vectors: Any = TfidfVectorizer(sublinear_tf=True, max_features=20_000).fit_transform(frame["comment"])
    nearness = np.asarray(vectors @ np.asarray(vectors.mean(axis=0)).ravel()).ravel()
    chosen: list[int] = []
    for at in np.argsort(-nearness):
        if all((vectors[at] @ vectors[other].T).sum() < 0.5 for other in chosen):
            chosen.append(int(at))
        if len(chosen) == 5:
            break
    hidden = frame["comment"].iloc[chosen].str.replace(r"\S+@\S+|\+?\d[\d ()-]{3,}", "[hidden]", regex=True)
    hidden.tolist()
    return [
        figure("comments", every, nps_class="detractor"),
        figure("comment_share", share.mean(), nps_class="detractor"),
    ]
