"""Outside analyses in public: the list, each one's page, sending one, and the secret links of authors and reviewers."""
