"""Pages and answers of the outbox: tablets, slips, what needs a look."""
