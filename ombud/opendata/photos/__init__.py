"""Photos made safe for the public: searched for what must be covered, and let through by a rule or a person."""
