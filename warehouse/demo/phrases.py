"""What the demos' customers say, by theme and by mood; every sentence stands on its own."""

from __future__ import annotations

from typing import Final, Literal

Theme = Literal["price", "support", "reliability", "ease of use", "reporting", "onboarding"]
Mood = Literal["negative", "mixed", "positive"]

SENTENCES: Final[dict[Theme, dict[Mood, tuple[str, ...]]]] = {
    "price": {
        "negative": (
            "Too expensive for what we actually use.",
            "Cheaper tools do the same job.",
            "Hard to justify the cost to our CFO.",
            "We pay for seats that nobody uses.",
            "The add-ons double the bill, and the add-ons are what you need.",
            "Not worth the money for a small team.",
            "Your invoices are impossible to predict.",
            "Every useful feature sits one plan above ours.",
            "I feel we overpay compared with what friends at other companies have.",
        ),
        "mixed": (
            "Good product, but on the expensive side.",
            "Fine overall, I would like a plan between the two cheapest ones.",
            "We like it, the cost per seat is the only thing we argue about.",
            "Decent value if you use all of it, we use maybe half.",
            "A discount for non-profits would make this an easy 9.",
            "Price is ok, the billing page is confusing though.",
            "Worth it most months, not all of them.",
            "The bill is bearable, just not something I brag about.",
        ),
        "positive": (
            "Fair price for what it does.",
            "Best value of the four tools we tried.",
            "Pays for itself every single month.",
            "Costs less than the spreadsheet chaos we had before.",
            "Worth every cent.",
            "Our finance people approved it without a discussion, that never happens.",
            "Transparent billing, no surprises.",
        ),
    },
    "support": {
        "negative": (
            "Waited five days for an answer to a simple ticket.",
            "Support keeps sending me the same help article.",
            "Nobody calls back.",
            "I had to explain the problem to four different people.",
            "Chat is always offline when we need it.",
            "My ticket was closed without being solved.",
            "The bot is useless and there is no way to reach a human.",
            "Support was friendly but clearly had no idea.",
        ),
        "mixed": (
            "Support is nice, just slow.",
            "Mostly good answers, but weekends are a black hole.",
            "First reply is quick, the second one takes forever.",
            "Depends a lot on who picks up the ticket.",
            "They solved it in the end.",
            "Help articles are fine, phone support would be better.",
            "Support does its best but some questions need an engineer.",
            "Good people, odd opening hours.",
        ),
        "positive": (
            "Support answered within ten minutes, on a Friday evening.",
            "Your support team is the best I have dealt with in years.",
            "Every question gets a real answer from a real person.",
            "The agent stayed on the call until it worked.",
            "Quick, friendly, competent help.",
            "They even followed up a week later.",
            "I never had to ask twice.",
            "Shout-out to the help desk, they saved our launch.",
        ),
    },
    "reliability": {
        "negative": (
            "Down again during our busiest hour.",
            "The app crashes whenever I attach a file.",
            "Sync breaks at least once a week.",
            "Pages take ages to load in the afternoon.",
            "We lost half a day of entries and nobody could say why.",
            "Notifications arrive hours late or never.",
            "Too many bugs, each release brings new ones.",
            "The mobile app logs me out all the time.",
        ),
        "mixed": (
            "Stable most of the time, Mondays can be slow.",
            "Fewer outages than last year, still too many.",
            "Works, with the odd hiccup in sync.",
            "Desktop is solid, mobile not so much.",
            "Good uptime but loading large projects is slow.",
            "The last outage was handled well, it should not have happened though.",
            "Runs fine until about fifty people are online.",
            "An occasional glitch, nothing dramatic.",
        ),
        "positive": (
            "It just works.",
            "Not one outage since we started.",
            "Fast, even with our huge projects.",
            "Rock solid, I forget it is there.",
            "The sync has never let us down.",
            "Very stable, also on the train with bad wifi.",
            "We run the whole warehouse on it and sleep well.",
            "Updates never break anything.",
        ),
    },
    "ease of use": {
        "negative": (
            "Nothing is where you expect it.",
            "Too many clicks for the simplest thing.",
            "My colleagues refuse to use it because it is so confusing.",
            "The new menu hides everything I need.",
            "I need a manual for a form with three fields.",
            "Search never finds what I am looking for.",
            "The screens look like they were made by engineers for engineers.",
            "Settings are a maze.",
        ),
        "mixed": (
            "Powerful once you know where things are.",
            "Nice design, though some menus are odd.",
            "Easy for daily work, hard for anything special.",
            "Gets the job done, could be simpler.",
            "Took me a while but now I am used to it.",
            "Keyboard shortcuts would help a lot.",
            "The layout is ok, the search is not.",
            "Good on a big screen, cramped on a laptop.",
        ),
        "positive": (
            "So easy that nobody needed training.",
            "Clean, simple, no nonsense.",
            "Everything is exactly where I look for it.",
            "Even my dad could use it.",
            "I love how few clicks it takes.",
            "The interface is a joy after our old system.",
            "Intuitive from day one.",
            "Drag and drop planning is brilliant.",
        ),
    },
    "reporting": {
        "negative": (
            "Exports miss half of the columns.",
            "The dashboard numbers never match the export.",
            "I build every report by hand in Excel because yours cannot filter.",
            "No way to schedule a report.",
            "Charts look nice and say nothing.",
            "Custom fields cannot be used in reports, why?",
            "Our auditors rejected the PDF report.",
            "The monthly report timed out three times.",
        ),
        "mixed": (
            "Reports are good, filters could be better.",
            "Standard dashboards are fine, custom ones are limited.",
            "Nice charts, please add a year-over-year view.",
            "Export works, but only to CSV.",
            "Would like to share dashboards with people outside.",
            "The analytics part is useful, a bit shallow.",
            "Reporting covers the basics.",
            "I can get the numbers, just not in the layout my boss wants.",
        ),
        "positive": (
            "The dashboards replaced our Monday meeting.",
            "Reports that my boss actually reads.",
            "I get the figures I need in seconds.",
            "Export to Excel works perfectly.",
            "The weekly summary mail is gold.",
            "Finally numbers that everybody trusts.",
            "Custom reports are super flexible.",
            "Love the new charts.",
        ),
    },
    "onboarding": {
        "negative": (
            "Set-up took three weeks instead of three days.",
            "We were left alone with the import.",
            "The training videos show an old version.",
            "Migration from our old system was a nightmare.",
            "No checklist, no guide, no contact person.",
            "Half of the team still has no access after a month.",
            "Getting single sign-on to run took forever.",
            "The kick-off call was cancelled twice.",
        ),
        "mixed": (
            "Good start, then we were on our own.",
            "The guide is helpful, the import less so.",
            "Set-up was fine for admins, confusing for everybody else.",
            "Would have liked a second training session.",
            "Onboarding took longer than promised but it worked out.",
            "Templates for our industry would have saved time.",
            "The tour is too long, the result is fine.",
            "Data import needed two attempts.",
        ),
        "positive": (
            "Up and running in one afternoon.",
            "The onboarding call was excellent.",
            "Import took all our old data without one error.",
            "New colleagues find their way within an hour.",
            "Great tutorials, short and to the point.",
            "Our account manager guided us through every step.",
            "The set-up wizard thought of everything.",
            "Switching was much easier than feared.",
        ),
    },
}

# Said only by customers whose own price went up, and only after it did.
PRICE_RISE: Final[dict[Mood, tuple[str, ...]]] = {
    "negative": (
        "The price increase is outrageous.",
        "15% more overnight and not a single new feature.",
        "You raised the price and told us in the footer of an e-mail.",
        "After the price hike we are looking at alternatives.",
        "The new price is not ok for a team of our size.",
        "Loyal customers get a higher bill as a thank-you.",
        "Same product, higher price.",
        "The July price rise killed our budget.",
        "I was happy until the price went up.",
        "Why do annual customers keep the old price and we do not?",
        "With the new pricing you are no longer the cheap option, you are just the option.",
        "We will cancel if the increase is not taken back.",
    ),
    "mixed": (
        "Still a good tool, but the price increase hurts.",
        "Was a 9 before the new prices.",
        "I understand that costs rise, the announcement was clumsy though.",
        "The price went up, the product did not.",
        "Fine so far, one more increase and we have to switch.",
    ),
    "positive": ("Even at the new price it is worth it.",),
}

GENERAL: Final[dict[Mood, tuple[str, ...]]] = {
    "negative": ("Disappointed.", "Not what we were promised.", "Would not choose it again.", "meh"),
    "mixed": ("It's ok.", "Does what it should.", "No strong opinion.", "fine", "Room for improvement."),
    "positive": ("Great product!", "Love it.", "Very happy.", "Keep it up!", "Would buy again.", "top"),
}

OPENERS: Final = (
    "Honestly?",
    "Short version:",
    "Hi team,",
    "To whom it may concern:",
    "Speaking for the whole office:",
    "We use it every day.",
    "As an admin:",
    "Quick feedback from our side.",
    "Third time I write this.",
    "My two cents:",
)
CLOSERS: Final[dict[Mood, tuple[str, ...]]] = {
    "negative": ("Please fix.", "Sorry.", "Do better!", "Not impressed...", "That is all.", "??"),
    "mixed": ("Thanks anyway.", "Let's see.", "Otherwise ok.", "You'll get there.", "Just saying."),
    "positive": ("Thanks!", "Keep going!!", "Thank you all.", "Cheers from Leeds", "Big fan.", ":-)"),
}
EMOJI: Final[dict[Mood, tuple[str, ...]]] = {
    "negative": ("😡", "👎", "😞", "🙄"),
    "mixed": ("🤷", "😐", "🤔"),
    "positive": ("😀", "👍", "❤️", "🎉", "🚀"),
}
# What people type to get past the box: text, not missing values.
NON_ANSWERS: Final = ("NA", "None", "n/a", "-")
CONTACTS: Final = (
    "Please write to {email} about it.",
    "Call me: 555-01{line}.",
    "You can reach me at {email}",
    "My number is +1 (202) 555-01{line}, mornings only.",
)
# {said} is the comment as it would have been without the line breaks.
MULTI_LINE: Final = (
    'Three things, in order:\n1. {said}\n2. the word "soon", which we hear a lot,\n3. see 1.',
    '{said}\n\nMy colleague says, "just call them", but I prefer writing.\nRegards, the back office',
    'Hello,\n\n{said}\n\nQuote from our chat: "is it only me, or…?"\n',
)
