"""The JSON API, `/api/v1/`."""

from ninja import NinjaAPI

api = NinjaAPI(title="Reviewapp", version="1", urls_namespace="api")
