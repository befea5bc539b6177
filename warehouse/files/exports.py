"""Exports of survey tools: their signatures, their extra header rows, and what their columns certainly are.

Column names as the tools' own documentation, source code and published exports have them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from warehouse.files.loading import quoted, scalar
from warehouse.files.table import clean_name, counted

_IMPORT_ID = re.compile(r'\s*\{\s*"+ImportId"+\s*:')
_QUALTRICS_SET_ASIDE = "'1', '2', '8', '9', '17'"  # preview, test, spam, spam preview, offline preview
_ANY_ANSWER = {"", "response", "open-ended response", "open-ended-response"}

_QUALTRICS: dict[str, str] = {
    "responseid": "response_id",
    "externalreference": "customer_id",
    "externaldatareference": "customer_id",
    "status": "status",
    "responsetype": "status",
    "recordeddate": "responded_at",
    **dict.fromkeys(
        [
            "ipaddress",
            "recipientlastname",
            "recipientfirstname",
            "recipientemail",
            "emailaddress",
            "locationlatitude",
            "locationlongitude",
        ],
        "personal",
    ),
}
_SURVEYMONKEY: dict[str, str] = {
    "respondentid": "response_id",
    "enddate": "responded_at",
    "datemodified": "responded_at",
    "collectorid": "ignored",
    **dict.fromkeys(["ipaddress", "emailaddress", "firstname", "lastname"], "personal"),
}
_DELIGHTED: dict[str, str] = {
    "surveyresponseid": "response_id",
    "responseid": "response_id",
    "id": "response_id",
    "personid": "customer_id",
    "person": "customer_id",
    "score": "score",
    "npsscore": "score",
    "comment": "comment",
    "responsedate": "responded_at",
    "respondedat": "responded_at",
    "createdat": "responded_at",
    "permalink": "ignored",
    **dict.fromkeys(["name", "personname", "email", "personemail", "phonenumber", "personphone", "phone"], "personal"),
}
_WOOTRIC: dict[str, str] = {
    "id": "response_id",
    "responseid": "response_id",
    "enduserid": "customer_id",
    "externalid": "customer_id",
    "score": "score",
    "npsscore": "score",
    "text": "comment",
    "feedback": "comment",
    "createdat": "responded_at",
    "excludedfromcalculations": "excluded",
    "originurl": "ignored",
    **dict.fromkeys(["email", "enduseremail", "ipaddress", "phonenumber", "enduserphonenumber"], "personal"),
}
_FORMBRICKS: dict[str, str] = {
    "no": "ignored",
    "responseid": "response_id",
    "timestamp": "responded_at",
    "finished": "status",
    "surveyid": "ignored",
    "userid": "customer_id",
    "formbricksidinternal": "ignored",
    "notes": "ignored",
    "url": "ignored",
    "verifiedemail": "personal",
    "email": "personal",
}
_TYPEFORM: dict[str, str] = {
    "": "response_id",  # the column is called "#"
    "submitdateutc": "responded_at",
    "responsetype": "status",
    "networkid": "personal",
}
_ROLES: dict[str, dict[str, str]] = {
    "qualtrics": _QUALTRICS,
    "surveymonkey": _SURVEYMONKEY,
    "delighted": _DELIGHTED,
    "wootric": _WOOTRIC,
    "formbricks": _FORMBRICKS,
    "typeform": _TYPEFORM,
}
_REPEATABLE = {"personal", "ignored"}


@dataclass(frozen=True)
class ExportHeader:
    """What the header rows of a survey tool's export say."""

    tool: str
    names: list[str]
    labels: list[str]
    """Question texts, one per column; empty where the export gives none."""
    rows: int
    notes: list[str] = field(default_factory=list)


def recognise(rows: Sequence[Sequence[str]]) -> ExportHeader | None:
    """The export that the first rows of a table belong to, if they are one's."""
    names = [clean_name(cell) for cell in rows[0]]
    keys = {_key(name) for name in names}
    if _is_qualtrics(names, keys) or any(_is_import_ids(row) for row in rows[1:3]):
        return _qualtrics(rows)
    if {"respondentid", "collectorid"} <= keys:
        return _surveymonkey(rows)
    if "excludedfromcalculations" in keys and keys & {"score", "npsscore"}:
        return ExportHeader("wootric", names, [""] * len(names), 1)
    if {"responseid", "timestamp", "finished", "surveyid"} <= keys:
        return ExportHeader("formbricks", names, [""] * len(names), 1)
    if "#" in names and keys & {"submitdateutc", "startdateutc"}:
        return ExportHeader("typeform", names, [""] * len(names), 1)
    if keys & {"score", "npsscore"} and "comment" in keys and keys & {"surveyresponseid", "personid", "permalink"}:
        return ExportHeader("delighted", names, [""] * len(names), 1)
    return None


def hints(tool: str, columns: Sequence[str], labels: Mapping[str, str]) -> dict[str, str]:
    """The roles that the tool's signature makes certain: column → role, each role but two at most once.

    The two are "personal" and "ignored" (a class or counter that the tool made and npsight does not use).
    """
    known = _ROLES.get(tool, {})
    found: dict[str, str] = {}
    for wanted, role in known.items():
        for column in columns:
            name = column.rsplit(".", 1)[-1] if tool == "wootric" and column.startswith("end_user.") else column
            if wanted not in (_key(column), _key(name), _key(labels.get(column, "")) if tool == "qualtrics" else None):
                continue
            if column not in found and (role in _REPEATABLE or role not in found.values()):
                found[column] = role
    if tool == "qualtrics":
        found |= _qualtrics_hints(columns, found)
    return found


def _qualtrics_hints(columns: Sequence[str], found: Mapping[str, str]) -> dict[str, str]:
    more = {column: "ignored" for column in columns if re.search(r"_NPS_GROUP$", column, re.IGNORECASE)}
    asked = [column[: -len("_NPS_GROUP")] for column in more]
    scores = [column for column in columns if column in asked]
    if len(scores) == 1:
        more[scores[0]] = "score"
    ended = next((column for column in columns if _key(column) == "enddate"), None)
    if ended and "responded_at" not in found.values():
        more[ended] = "responded_at"
    return more


def status_notes(
    connection: duckdb.DuckDBPyConnection, relation: str, tool: str | None, columns: Sequence[str]
) -> list[str]:
    """How many rows the survey tool marks as previews, tests, spam or not finished; they are left in."""
    by_key = {_key(column): column for column in reversed(columns)}
    counts: list[str] = []
    if tool == "qualtrics" and (status := by_key.get("status") or by_key.get("responsetype")):
        name = f"CAST({quoted(status)} AS VARCHAR)"
        where = f"lower({name}) SIMILAR TO '.*(preview|test|spam).*' OR {name} IN ({_QUALTRICS_SET_ASIDE})"
        counts.append(_count(connection, relation, where, "previews, tests or spam"))
    if tool in ("qualtrics", "formbricks") and (finished := by_key.get("finished")):
        no = f"lower(CAST({quoted(finished)} AS VARCHAR)) IN ('false', '0', 'no')"
        counts.append(_count(connection, relation, no, "not finished"))
    if tool == "wootric" and (excluded := by_key.get("excludedfromcalculations")):
        yes = f"lower(CAST({quoted(excluded)} AS VARCHAR)) IN ('true', 't', '1', 'yes')"
        counts.append(_count(connection, relation, yes, "excluded from calculations"))
    if tool == "typeform" and (kind := by_key.get("responsetype")):
        counts.append(
            _count(connection, relation, f"lower(CAST({quoted(kind)} AS VARCHAR)) <> 'completed'", "not completed")
        )
    return [note for note in counts if note]


def _count(connection: duckdb.DuckDBPyConnection, relation: str, where: str, what: str) -> str:
    number = scalar(connection, f"SELECT count(*) FROM {quoted(relation)} WHERE {where}")
    return f"{counted(number, 'row')} {what} by the survey tool's own mark, left in" if number else ""


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_qualtrics(names: Sequence[str], keys: set[str]) -> bool:
    """Its own columns, or at least its own spelling: anybody's survey may have a start, an end and an id."""
    if "responseid" in keys and keys & {"recordeddate", "distributionchannel", "responseset"}:
        return True
    return {"StartDate", "EndDate"} <= set(names) and bool({"ResponseId", "ResponseID"} & set(names))


def _is_import_ids(row: Sequence[str]) -> bool:
    told = [cell for cell in row if cell.strip()]
    return bool(told) and sum(1 for cell in told if _IMPORT_ID.match(cell)) > len(told) / 2


def _qualtrics(rows: Sequence[Sequence[str]]) -> ExportHeader:
    """One to three header rows: names, question texts, {"ImportId": …}; any of the last two may be missing."""
    width = len(rows[0])
    names = [clean_name(cell) for cell in rows[0]]
    taken, labels = 1, [""] * width
    if len(rows) > 1 and _is_label_row(names, rows[1]):
        labels = _padded([clean_name(cell) for cell in rows[1]], width)
        taken = 2
    if len(rows) > taken and _is_import_ids(rows[taken]):
        taken += 1
    notes = [f"Qualtrics export with {counted(taken, 'header row')}"]
    return ExportHeader("qualtrics", names, labels, taken, notes)


def _is_label_row(names: Sequence[str], row: Sequence[str]) -> bool:
    """Question texts stand where answers would have a date and an id."""
    if _is_import_ids(row):
        return False
    dated = [
        cell.strip()
        for name, cell in zip(names, row, strict=False)
        if _key(name) in ("startdate", "enddate", "recordeddate")
    ]
    if any(dated):
        return not any(character.isdigit() for cell in dated for character in cell)
    return any(_key(cell) in ("responseid", "responseset") for cell in row)


def _surveymonkey(rows: Sequence[Sequence[str]]) -> ExportHeader:
    """Question texts over choices: the columns of one question become `question: choice`."""
    questions = [clean_name(cell) for cell in rows[0]]
    width = len(questions)
    ids = [index for index, question in enumerate(questions) if _key(question) in ("respondentid", "collectorid")]
    second = _padded([clean_name(cell) for cell in rows[1]], width) if len(rows) > 1 else []
    if not second or any(second[index] for index in ids):
        return ExportHeader("surveymonkey", questions, [""] * width, 1)
    names: list[str] = []
    labels: list[str] = []
    question = ""
    for asked, choice in zip(questions, second, strict=True):
        question = asked or question
        plain = choice.lower() in _ANY_ANSWER
        names.append(question if plain else f"{question}: {choice}")
        labels.append(question if choice else "")
    return ExportHeader("surveymonkey", names, labels, 2, ["SurveyMonkey export with 2 header rows"])


def _padded(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[:width]
