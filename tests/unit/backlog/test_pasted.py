"""What people paste, and what is proposed from it. None of the texts is of a real person."""

import pytest

from backlog.calc.pasted import read

NONE = object()  # nothing is proposed for the field

MAIL = """From: Anna Miller <anna@example.com>
To: Bob Baker
Cc: 45 others
Subject: Re: [Intake] Contract checks
Date: Mon, 3 Nov 2025 10:12

Hi Bob,

We review 120 NDAs a month, 45 minutes each. We measured it in October.

Best regards,
Anna Miller
Head of 25 people
+49 30 1234567

> On Monday we said 900 a month, 3 hours each
> and nobody answered
"""
FORWARD = """---------- Forwarded message ---------
From: X <x@example.com>
Date: Tue, 4 Nov 2025
Subject: Fwd: Invoice coding
To: me

Hello all, we code 800 invoices weekly, 3 min apiece in SAP.
Cheers, X
"""
GERMAN_MAIL = """Sehr geehrte Frau Müller,

wir bearbeiten im Monat ca. 350 Reklamationen, pro Fall etwa eine halbe Stunde. Zwei Mitarbeiter machen das ganztags.

Mit freundlichen Grüßen
Hans Huber, Telefon 0900 12 34 56
"""
# (text, expected by field)
TEXTS = [
    # paragraphs
    ("We check about 400 expense reports a month against the travel policy. Each one takes 12 minutes. It is done by "
     "three accounts payable clerks in SAP and Excel. Roughly.",
     dict(title="Check expense reports", count="400", period="month", minutes="12", people="3",
          who_does_it="accounts payable clerks", systems="SAP, Excel", sureness="fairly_sure")),
    ("In our team 1.5 FTE sort 2k mails per week.",
     dict(title="Sort mails", count="2000", period="week", people="1.5", share="all", minutes=NONE)),
    ("Two of us spend half our time on password resets, about 14,000 a year.",
     dict(title="Password resets", count="14000", period="year", people="2", share="half")),
    ("I would like to automate the screening of CVs: 28000 applications a year, four minutes each, done by the "
     "recruiters in Workday.",
     dict(title="Screening of CVs", count="28000", period="year", minutes="4", who_does_it="recruiters",
          systems="Workday")),
    ("The weekly report is written by the controlling team and takes two and a half hours.",
     dict(title="Weekly report", count="1", period="week", minutes="150", who_does_it="controlling team", share=NONE)),
    ("Twice a day someone copies the orders from Outlook into SAP, which takes half an hour.",
     dict(count="2", period="day", minutes="30", systems="Outlook, SAP")),
    ("1.5 hours per contract x 12 contracts per week", dict(count="12", period="week", minutes="90")),
    # separators of thousands and decimals
    ("Every quarter we get 1.200 supplier invoices, 5 to 10 minutes each.",
     dict(count="400", period="month", minutes="7.5")),
    ("approx. 1 200 orders per month, 3,5 min per order", dict(count="1200", period="month", minutes="3.5")),
    ("10.000 Dokumente im Jahr à 2 Minuten", dict(title="Dokumente", count="10000", period="year", minutes="2")),
    ("1'200 statements a year, 4.5 minutes each", dict(count="1200", period="year", minutes="4.5")),
    ("1.250.000 alerts a year, 0,5 minutes each", dict(count="1250000", minutes="0.5")),
    ("We enter 1,250.50 items a month", dict(count="1250.5")),
    ("A dozen claims a day, a quarter of an hour each", dict(count="12", period="day", minutes="15")),
    ("half a dozen tenders a week take three quarters of an hour each", dict(count="6", period="week", minutes="45")),
    ("two hundred and fifty letters a month", dict(count="250", period="month")),
    ("We answer 1.5k e-mails a month", dict(count="1500", period="month")),
    # periods
    ("900 requests a fortnight, 90 seconds each", dict(count="450", period="week", minutes="1.5")),
    ("30 calls an hour, 45 sec each", dict(count="240", period="day", minutes="0.75")),
    ("Last year we handled 4,800 contract requests; about 1 h 30 each. In 2023 it was 3,900.",
     dict(count="4800", period="year", minutes="90")),
    ("Budget was €50,000 in 2024. We process 1,600 NDAs per annum.", dict(count="1600", period="year")),
    ("29,000 tickets p.a., 5 min", dict(count="29000", period="year", minutes="5")),
    ("60 letters every two weeks", dict(count="30", period="week")),
    ("In 2025 we booked 9,600 invoices", dict(count="9600", period="year")),
    # durations: waiting, wishes and what used to be are not the effort of today
    ("It used to take 20 minutes, now 12. We do a dozen a day.", dict(count="12", period="day", minutes="12")),
    ("not 10 minutes but 20, 300 tickets per week", dict(count="300", minutes="20")),
    ("Tickets wait 3 hours in the queue but handling takes 8 min. 29,000 tickets p.a.",
     dict(minutes="8", count="29000")),
    ("The SLA is 24 hours. We answer 150 supplier e-mails per day within 2 hours; an answer takes a quarter of an "
     "hour.",
     dict(count="150", period="day", minutes="15")),
    ("We could save 15 minutes per invoice. Today it takes 25 minutes per invoice, 800 invoices monthly",
     dict(count="800", period="month", minutes="25")),
    ("It takes 2 days until the customer gets an answer. 40 quotes a week.", dict(count="40", minutes=NONE)),
    ("Handling time 6:30 minutes, 400 calls per day", dict(count="400", minutes="6.5")),
    ("We need between 10 and 15 minutes for every claim and see 80-100 claims daily.",
     dict(count="90", minutes="12.5")),
    ("30 minutes to 1 hour per contract, 12 contracts a month", dict(minutes="45", count="12")),
    # time that is spent on all of them
    ("We spend about 40 hours a month on 400 invoices.",
     dict(title="Invoices", count="400", period="month", minutes="6")),
    ("I spend 2 hours a day on sorting mails",
     dict(title="Sorting mails", people="1", share="quarter", minutes=NONE)),
    # people: those who do it, not those who are served
    ("5 clerks each handle 20 invoices a day, 12 minutes per invoice", dict(count="100", people="5", minutes="12")),
    ("Each of us does 20 a day; we are 4 people.", dict(count="80", people="4")),
    ("We serve 1,200 employees and answer 90 questions a day, each takes 3 to 5 minutes; six agents.",
     dict(count="90", people="6", minutes="4")),
    ("The team (6 people, 30% of their time) reads 2.5k claims per quarter.",
     dict(people="6", share="quarter", count="833.33")),
    # how sure
    ("Nobody has ever counted, I guess 500 a month at 10 minutes each.", dict(count="500", sureness="guess")),
    ("According to the system log 4,200 changes a year; we timed 18 minutes each.",
     dict(sureness="measured", minutes="18")),
    # what only looks like an amount
    ("Room 12, 3rd floor. Office 365 mailbox. 60 letters a week.", dict(count="60", period="week")),
    ("INV-2024-001 and PO 4711 are examples; call +49 30 1234567. We match 96 orders daily.",
     dict(count="96", period="day")),
    ("On 12.03.2025 at 9:30 we agreed. 50% are wrong. It costs 5.000 Euro.", dict(count=NONE, minutes=NONE)),
    ("We get hundreds of mails a day.", dict(count=NONE)),
    ("At most 50 exceptions a month, normally 20 a month, each 1 hour.", dict(count="20", minutes="60")),
    # e-mails
    (MAIL,
     dict(title="Contract checks", count="120", period="month", minutes="45", people=NONE, sureness="measured")),
    (FORWARD, dict(title="Invoice coding", count="800", period="week", minutes="3", systems="SAP")),
    (GERMAN_MAIL, dict(count="350", period="month", minutes="30", people="2", share="all")),
    # German
    ("Wir prüfen täglich rund 80 Rechnungen, je 6 Minuten.", dict(count="80", period="day", minutes="6")),
    ("Volume: 29.000 Tickets pro Jahr, Dauer ca. 5-9 Minuten pro Ticket, im ServiceNow.",
     dict(count="29000", period="year", minutes="7", systems="ServiceNow")),
    # rows
    ("Title;Anzahl pro Monat;Minuten;Team\nRechnungsprüfung;1.200;4,5;Buchhaltung",
     dict(title="Rechnungsprüfung", count="1200", period="month", minutes="4.5", who_does_it="Buchhaltung")),
    ("Expense audit\t400\tmonth\t12\tAP clerks",
     dict(title="Expense audit", count="400", period="month", minutes="12", who_does_it="AP clerks")),
    ("name,volume per week,hours each\nTender check,30,1.5",
     dict(title="Tender check", count="30", period="week", minutes="90")),
    ("Process,Frequency,Count,Minutes\nVendor onboarding,quarterly,90,120",
     dict(count="30", period="month", minutes="120")),
    ("Task | Monthly volume | Avg handling time (min)\nClaims triage | 2,700 | 14",
     dict(title="Claims triage", count="2700", period="month", minutes="14")),
    ("Invoices\t96000\tyear\t8\t5 people", dict(count="96000", period="year", minutes="8", people="5")),
    ('Title;Description;Count;Minutes\n"Offers; tenders";"read; answered";90;5',
     dict(title="Offers; tenders", count="90", minutes="5")),
    # nothing to read
    ("", {}),
    (";;;;\t\t", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS, ids=[text[:40] for text, _ in TEXTS])
def test_what_is_proposed(text, expected):
    found = read(text)
    said = {name: (proposal.value if (proposal := found.of(name)) else NONE) for name in expected}
    assert said == expected
    assert all(text[p.start : p.end] == p.words for p in found.proposals)


def test_what_was_done_to_the_words_is_stated():
    found = read("Every quarter we get 1.200 supplier invoices, 5 to 10 minutes each.")
    count, minutes = found.of("count"), found.of("minutes")
    assert "1.200" in count.words and "third of it for a month" in count.note
    assert minutes.words == "5 to 10 minutes" and minutes.note == "5 to 10: the middle"
    assert "a third" in found.of("period").note


def test_a_second_reading_is_offered_beside_the_better_one():
    dot = read("1.200 invoices a month").of("count")
    assert dot.value == "1200" and [other.value for other in dot.others] == ["1.2"]
    assert not read("1,200 invoices a month").of("count").others
    each = read("5 clerks each handle 20 invoices a day").of("count")
    assert (each.value, [other.value for other in each.others]) == ("100", ["20"])
    assert each.note == "20 each, times 5 people"
    two = read("We do 400 a month, or 4,800 a year.").of("count")
    assert two.value == "400" and [other.value for other in two.others] == ["4800"]


def test_it_says_what_of_the_text_was_left_out():
    notes = " ".join(read(MAIL).notes)
    assert "headers were left out" in notes and "Quoted" in notes and "signature" in notes
    assert "900" not in read(MAIL).of("description").value and "25 people" not in read(MAIL).of("description").value
    rows = read("Title;Count;Minutes\nA check;4;5\nB;5;6\nC;6;7")
    assert "2 more rows not read" in rows.notes[1] and rows.of("count").value == "4"
    assert "first 10,000 characters" in read("word " * 3000).notes[0]
