"""The floor: the least work that a FastAPI endpoint with the same request and response does.

It parses the form with the product's own model and returns a model; it stores nothing, checks
nothing further, and sets no headers. Run as ``python -m benchmarks.floor FD``.
"""

import socket
import sys
from uuid import UUID

import uvicorn
from fastapi import FastAPI

from api.public.answers import LetterState, SubmissionAnswer
from api.submissions.forms import SubmissionForm

PATH = "/submissions"
SEATS = ("house:CA-30", "senate:CA:1", "senate:CA:3", "president")
NOBODY = UUID(int=0)

app = FastAPI()


@app.post(PATH, status_code=202)
async def submit(form: SubmissionForm) -> SubmissionAnswer:
    letters = [
        LetterState(
            id=NOBODY,
            seat=seat,
            name="Somebody",
            status="awaiting_confirmation",
            sent_by="us",
            reason=None,
        )
        for seat in SEATS
    ]
    return SubmissionAnswer(
        id=NOBODY,
        status="awaiting_confirmation",
        letters=letters,
        share_url=f"https://example.org/c/a-campaign?lang={form.language}",
    )


def main(listener: int) -> None:
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", access_log=False, log_config=None, ws="none"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=listener)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
