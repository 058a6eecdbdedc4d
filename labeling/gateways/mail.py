"""Handing letters to the mail server that the installation names."""

import smtplib
import time

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from labeling.policy.sendings import Letter, MailServer, Outcome, readable

ALL_SECONDS = 10


def send(letter: Letter, *, server: MailServer) -> Outcome:
    """Hand one letter in and say what came of it. The same Message-ID each time: a mail reader shows it once."""
    began = time.monotonic()
    error = ""
    try:
        message_as_sent(letter, server=server).send()
    except smtplib.SMTPResponseException as refusal:
        error = f"The mail server answered {refusal.smtp_code}."
    except (smtplib.SMTPException, OSError, ValueError) as failure:
        # Not the message of the exception: a refused login may repeat the name, a refused letter the address.
        error = f"The mail server did not take it: {type(failure).__name__}."
    return Outcome(round(1000 * (time.monotonic() - began)), error=readable(error))


def message_as_sent(letter: Letter, *, server: MailServer) -> EmailMessage:
    backend = EmailBackend(
        host=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.use_tls,
        use_ssl=server.use_ssl,
        timeout=ALL_SECONDS,
    )
    domain = server.sender.rpartition("@")[2].rstrip(">")
    return EmailMessage(
        letter.title,
        letter.text,
        server.sender,
        [letter.recipient],
        headers={"Message-ID": f"<{letter.message_id}@{domain}>", "Auto-Submitted": "auto-generated"},
        connection=backend,
    )
