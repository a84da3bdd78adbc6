"""Answers other than JSON: their media types, for the routes and for the OpenAPI document."""

from starlette.responses import Response


class Pdf(Response):
    media_type = "application/pdf"


class Csv(Response):
    media_type = "text/csv"
