"""Where a server's words are found in what people paste, and what each text means."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roammail.adapters.client_error_files import load_client_errors
from roammail.adapters.rule_files import load_rules
from roammail.core.client_errors import ClientErrorsBroken, build_client_errors
from roammail.core.diagnosis import Confidence, Diagnosis, Kind
from roammail.core.explain import PASTE_LIMIT, explain_text, find_reply
from roammail.core.stage import Stage
from tests.core.counted_work import LINEAR, growth
from tests.core.pasted_texts import PASTED, Pasted


def explained(text: str, stage: Stage | None = None) -> Diagnosis:
    return explain_text(text, stage, None, load_rules(), load_client_errors())


@pytest.mark.parametrize("pasted", PASTED, ids=lambda pasted: pasted.text[:40])
def test_the_servers_words_are_found(pasted: Pasted) -> None:
    found = find_reply(pasted.text, load_client_errors())
    assert (found.reply.code if found.said_code else 0) == pasted.code
    if pasted.enhanced is not None:
        assert found.reply.enhanced == pasted.enhanced
    read = explained(pasted.text)
    assert read.reply is None or read.reply.code == pasted.code
    if pasted.stage is not None:
        assert read.stage == Stage(pasted.stage)
    if pasted.kind is not None:
        assert read.kind == Kind(pasted.kind)


@pytest.mark.parametrize(
    "text",
    [
        "try again in 500 seconds",
        "500 seconds more",
        "the file has 512 kB of 550 MB",
        "write to 550@far.example or 5.5.0.1",
        "port 587, 465 or 25",
        "Port: 587, Secure(SSL): Yes",
        "2026-11-02 10:05:50 nothing happened",
        "call (555) 123-4567",
        "550000 letters",
        "it costs 450 euros",
    ],
)
def test_digits_that_are_no_code(text: str) -> None:
    assert find_reply(text).reply.code == 0


@pytest.mark.parametrize(
    "text",
    [
        (
            "Dear guest, welcome to the Hotel Adler. Breakfast is served from 7 to 10. The code "
            "for the wireless network is 5550 and the pool is open until nine in the evening."
        ),
        (
            "We are sorry that the lift does not work this week. Please take the stairs, or ask "
            "at the desk for a room on the first floor, as long as there is one."
        ),
        (
            "When the buffer is full the program writes it to the disk, closes the file and opens "
            "another; whoever reads the old one is not disturbed by that."
        ),
    ],
    ids=lambda text: text[:30],
)
def test_prose_is_no_refusal(text: str) -> None:
    read = explained(text)
    assert (read.kind, read.confidence) == (Kind.OTHER, Confidence.GUESS)


def test_a_refusal_told_in_prose_is_found_but_not_certain() -> None:
    read = explained(
        "Hello, when I write to my sister from the hotel on the lake, there comes an answer that "
        "says relaying denied, and at home it still worked yesterday evening. What can I do?"
    )
    assert (read.kind, read.confidence) == (Kind.RELAY_DENIED, Confidence.LIKELY)


def test_what_a_person_sees_instead_of_a_refusal_is_understood() -> None:
    read = explained(
        "Since I am in this hotel I cannot send any more: it asks for the password again and "
        "again, although the password is right and my phone, at home, has the same one."
    )
    assert read.kind is Kind.AUTH_FAILED


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("connect to smtp.post.example[192.0.2.1]:25: Connection timed out", Kind.TIMED_OUT),
        ("connect to smtp.post.example[192.0.2.1]:25: Connection refused", Kind.UNREACHABLE),
        (
            (
                "SASL authentication failed; cannot authenticate to server smtp.post.example: no "
                "mechanism available"
            ),
            Kind.AUTH_MECHANISM,
        ),
        ("TLS is required, but was not offered by host smtp.post", Kind.STARTTLS_STRIPPED),
        ("Server certificate not trusted", Kind.CERTIFICATE_UNTRUSTED),
        (
            (
                "lost connection with smtp.post.example[192.0.2.1] while sending end of data -- "
                "message may be sent more than once"
            ),
            Kind.UNCERTAIN,
        ),
        (
            "lost connection with smtp.post.example[192.0.2.1] while performing the EHLO",
            Kind.CONNECTION_LOST,
        ),
        # What the server said stands, whatever the status code beside it.
        ("host smtp.post.example said: Relaying denied", Kind.RELAY_DENIED),
    ],
)
def test_a_status_code_of_the_programs_own_says_less_than_its_words(told: str, kind: Kind) -> None:
    line = "Nov  2 10:00:00 lap postfix/smtp[42]: 4X: to=<b@far.example>, dsn=4.4.1"
    assert explained(f"{line}, status=deferred ({told})").kind is kind


def test_words_that_a_program_passes_on_go_before_its_number() -> None:
    read = explained("Server Response: 'User unknown', Port: 25, Error Number: 0x800CCC79")
    assert read.kind is Kind.RECIPIENT_UNKNOWN


def test_a_stage_that_the_person_names_wins() -> None:
    said = "550 5.7.1 no (in reply to RCPT TO command)"
    assert explained(said, Stage.CONTENT).stage is Stage.CONTENT
    assert explained(said).stage is Stage.RELAY


def test_a_code_that_nobody_said_is_not_shown() -> None:
    read = explained("5.7.1 Relaying denied")
    assert read.reply is not None
    assert read.reply.code == 0
    assert not any(item == "550" for item in read.evidence)


def test_the_cause_counts_and_not_what_follows_from_it() -> None:
    said = "<<< 550 5.7.1 relaying denied\n>>> DATA\n<<< 503 5.5.1 no valid recipients\n"
    assert find_reply(said).reply.code == 550


def test_several_lines_of_one_reply_are_one() -> None:
    said = "550-5.7.1 first\n550-5.7.1 second\n550 5.7.1 third"
    reply = find_reply(said).reply
    assert (reply.code, reply.enhanced, reply.lines) == (550, "5.7.1", ("first", "second", "third"))


def test_lines_of_a_log_do_not_run_into_each_other() -> None:
    line = (
        "Nov  2 10:00:0{} out postfix/smtp[1]: to=<b{}@far.example>, "
        "status=bounced (host mx said: 550 5.1.1 no {})"
    )
    said = "\n".join(line.format(n, n, n) for n in range(3))
    assert find_reply(said).reply.text.rstrip(")") == "no 2"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_any_text_has_an_answer(text: str) -> None:
    explained(text)


_PIECES = st.sampled_from(
    [
        "550",
        "5.7.1",
        " ",
        "-",
        "\n",
        "said: ",
        "'",
        "(",
        "<",
        ">",
        "a@b.example",
        ": ",
        "RCPT TO:",
        ">>> ",
        "<<< ",
        "in reply to ",
        "smtpmsg='",
        "0x800CCC79",
        "\r",
        "\0",
        "dsn=",
        "\\",
        "b'",
        ",",
        "#",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=120).map("".join))
def test_any_mixture_of_what_is_looked_for_has_an_answer(text: str) -> None:
    explained(text)


BAITS = [
    "(550,'",
    "(550, b'\\",
    "smtpstatus=550 ",
    "dsn=5.1.1 ",
    "#5.1.1\n",
    "rejected RCPT ",
    "550-x\n",
    "'550 ",
    "said: 550 ",
    "in reply to ",
    "after pipelined ",
    "; from=<",
    " (in reply to ",
    "İ",
    "server responded: ",
    ">>> RCPT TO:<a@b.example>\n",
    "\0",
    "\r",
    " ",
    "unable to connect ",
]


@pytest.mark.parametrize("bait", BAITS)
def test_baits_take_linear_time(bait: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(length: int) -> None:
        explained(bait * (length // len(bait)))

    assert growth(monkeypatch, read) <= LINEAR


@pytest.mark.parametrize("bait", BAITS)
def test_baits_of_any_length_have_an_answer(bait: str) -> None:
    explained((bait * (PASTE_LIMIT // len(bait) + 1))[:PASTE_LIMIT])


def test_ten_megabytes_are_no_longer_than_the_first_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert explained("x " * 5_000_000).kind is Kind.OTHER
    once = growth(monkeypatch, lambda times: explained("x " * (PASTE_LIMIT // 2 * times)), 1)
    assert once == 1


@pytest.mark.parametrize(
    "data",
    [
        {"numbers": []},
        {"number": [{"code": ["0x12"], "kind": "other"}]},
        {"number": [{"code": ["0x800CCC79", "0x800ccc79"], "kind": "other"}]},
        {"number": [{"code": "0x800CCC79"}]},
        {"sentence": [{"says": ["no"], "kind": "other"}]},
        {"sentence": [{"says": ["a sentence"], "kind": "moon"}]},
        {"sentence": [{"says": ["a sentence"], "stage": "moon"}]},
        {"sentence": [{"says": ["a sentence"], "colour": "red"}]},
        {"sentence": [{"says": ["a sentence"], "kind": "other", "with_status": "yes"}]},
    ],
    ids=json.dumps,
)
def test_broken_data_says_where(data: dict[str, object]) -> None:
    with pytest.raises(ClientErrorsBroken):
        build_client_errors(data)
