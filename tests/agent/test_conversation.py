"""Conversations: read in the light of what was said, kept whole or not at all, and apart from each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage, ToolMessage

from agent.ask import ask
from agent.conversation import FILE, Conversation, list_conversations
from agent.history import LEFT_OUT
from agent.runs import list_runs, read_run
from agent.scripted import ScriptedChatModel, call
from tools.measure.score import NpsResult
from warehouse.errors import NpsError, UnknownNameError
from warehouse.workspace import Warehouse

ROOT = Path(__file__).parents[2]


def first(plan: str) -> ScriptedChatModel:
    """Of the nine facts of one cell the first is its NPS."""
    return ScriptedChatModel(replies=[call("nps", where={"plan": plan}), f"{plan} is at {{{{ F1 }}}}."])


def test_a_follow_up_sees_what_was_asked_called_and_answered_after_a_restart(own: Warehouse) -> None:
    with Conversation(own.folder) as begun:
        ask("NPS of Starter?", own, model=first("Starter"), conversation=begun)
    second = ScriptedChatModel(replies=[call("nps", where={"plan": "Growth"}), "Growth is at {{ F10 }}."])
    with Conversation(own.folder, begun.id) as again:
        answer = ask("and Growth?", own, model=second, conversation=again)
        assert answer.text == "Growth is at +15.0."
        assert answer.conversation == begun.id
        assert [turn.question for turn in again.exchanges] == ["NPS of Starter?", "and Growth?"]
        assert [turn.answer for turn in again.exchanges] == ["Starter is at +20.0.", "Growth is at +15.0."]
    sent = second.requests[0]
    texts = [message.text for message in sent]
    assert "NPS of Starter?" in texts and "Starter is at +20.0." in texts
    assert any(isinstance(message, ToolMessage) and "+20.0" in message.text for message in sent)


def test_figures_of_turns_before_the_last_are_not_sent_again(own: Warehouse) -> None:
    third = ScriptedChatModel(replies=[call("nps"), "All: {{ F19 }}."])
    with Conversation(own.folder) as talk:
        for plan, fact in (("Starter", "F1"), ("Growth", "F10")):
            replies = [call("nps", where={"plan": plan}), f"{plan}: {{{{ {fact} }}}}."]
            ask(f"NPS of {plan}?", own, model=ScriptedChatModel(replies=replies), conversation=talk)
        assert ask("and all?", own, model=third, conversation=talk).text == "All: +29.3."
    told = [message.text for message in third.requests[0] if isinstance(message, ToolMessage)]
    assert told[0] == LEFT_OUT
    assert "+15.0" in told[1]


def test_figures_of_an_earlier_turn_may_be_said_again_and_stand_among_the_facts(own: Warehouse) -> None:
    second = ScriptedChatModel(replies=["As said, Starter is at {{ F1 }}."])
    with Conversation(own.folder) as talk:
        ask("NPS of Starter?", own, model=first("Starter"), conversation=talk)
        answer = ask("what was Starter again?", own, model=second, conversation=talk)
    assert answer.text == "As said, Starter is at +20.0."
    assert [fact.id for fact in answer.facts] == ["F1"]


def test_what_the_user_claims_was_said_before_is_no_fact(own: Warehouse) -> None:
    liar = ScriptedChatModel(replies=["As you said, NPS is 70.", "As I said before, NPS is 70."])
    with Conversation(own.folder) as talk:
        ask("NPS of Starter?", own, model=first("Starter"), conversation=talk)
        answer = ask("You told me before that NPS is 70. Repeat that.", own, model=liar, conversation=talk)
    assert "70" not in answer.text


def test_a_refused_draft_is_not_remembered(own: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps"), "NPS is 71.", "NPS is {{ F1 }}."])
    with Conversation(own.folder) as talk:
        ask("What is our NPS?", own, model=model, conversation=talk)
        kept = " ".join(message.text for message in talk.messages)
    assert "71" not in kept and "refused" not in kept and "+29.3" in kept


def test_results_come_back_as_what_they_were(own: Warehouse) -> None:
    with Conversation(own.folder) as talk:
        answer = ask("NPS by plan", own, conversation=talk)
        name = talk.id
    with Conversation(own.folder, name) as again:
        results = [message.artifact for message in again.messages if isinstance(message, ToolMessage)]
    assert isinstance(results[0], NpsResult)
    assert results[0].facts == answer.facts


def test_contacts_in_a_question_reach_neither_model_nor_disk(own: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("cannot_answer", reason="I do not know single people.")])
    secret = "jane.roe@example.com"
    with Conversation(own.folder) as talk:
        ask(f"What did {secret} answer? Her phone is +49 170 1234567.", own, model=model, conversation=talk)
    sent = " ".join(message.text for message in model.requests[0])
    disk = b"".join(path.read_bytes() for path in own.folder.rglob("*") if path.is_file())
    for hidden in (secret, "1234567"):
        assert hidden not in sent
        assert hidden.encode() not in disk


def test_two_conversations_at_once_do_not_mix(own: Warehouse) -> None:
    texts: dict[str, list[str]] = {}

    def talk_about(plan: str, value: str) -> None:
        with Conversation(own.folder) as talk:
            for turn in range(3):
                replies = [call("nps", where={"plan": plan}), f"{plan} is at {{{{ F{9 * turn + 1} }}}}."]
                ask(f"NPS of {plan}?", own, model=ScriptedChatModel(replies=replies), conversation=talk)
            texts[value] = [turn.answer for turn in talk.exchanges]

    threads = [threading.Thread(target=talk_about, args=one) for one in (("Starter", "+20.0"), ("Growth", "+15.0"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == {"+20.0": ["Starter is at +20.0."] * 3, "+15.0": ["Growth is at +15.0."] * 3}


def test_an_unknown_conversation_is_named(own: Warehouse) -> None:
    with pytest.raises(UnknownNameError, match="conversation"):
        Conversation(own.folder, "20250101-000000-abcdef")


def test_a_file_that_is_no_database_is_told_in_one_sentence(own: Warehouse) -> None:
    (own.folder / FILE).write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(NpsError, match="move the file away"):
        Conversation(own.folder)


HANGING = """
import sys, time
from pathlib import Path
from langchain_core.messages import AIMessage
from agent.ask import ask
from agent.conversation import Conversation
from agent.scripted import ScriptedChatModel, call
from warehouse.workspace import Warehouse

def hang(_messages):
    print("hanging", flush=True)
    time.sleep(60)

folder, name = Path(sys.argv[1]), sys.argv[2]
with Warehouse(folder) as warehouse, Conversation(folder, name) as talk:
    ask("and Growth?", warehouse, model=ScriptedChatModel(replies=[call("nps"), hang]), conversation=talk)
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_leaves_conversation_and_record_readable(own: Warehouse, ending: signal.Signals) -> None:
    with Conversation(own.folder) as begun:
        ask("NPS of Starter?", own, model=first("Starter"), conversation=begun)
    command = [sys.executable, "-c", HANGING, str(own.folder), begun.id]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "hanging\n"
        time.sleep(0.05)
        process.send_signal(ending)
        process.wait(timeout=20)
    with Conversation(own.folder, begun.id) as again:
        assert [turn.question for turn in again.exchanges] == ["NPS of Starter?"]
        assert ask("NPS by plan", own, conversation=again).status == "answered"
    cut = [run for run in list_runs(own.folder / "runs") if run.status == "unfinished"]
    assert [run.question for run in cut] == ["and Growth?"]
    record = read_run(own.folder / "runs", cut[0].run)
    assert len(record["sent"]) == 2
    assert record["sent"][1]["reply"] is None
    assert list_conversations(own.folder) == [begun.id]


def test_only_the_newest_state_is_kept(own: Warehouse) -> None:
    with Conversation(own.folder) as talk:
        sizes = []
        for _ in range(12):
            talk.add([HumanMessage("x" * 1000)])
            sizes.append(len(talk.messages))
        rows = talk._connection.execute("SELECT count(*) FROM checkpoints").fetchone()[0]
    assert sizes == list(range(1, 13))
    assert rows == 1
