"""The JSON API under `/api/v1` of each city: what the web can do, for programs. OpenAPI describes it."""
