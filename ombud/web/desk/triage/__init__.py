"""The desk's pages of triage: rules of routing, what fails, what bounces."""
