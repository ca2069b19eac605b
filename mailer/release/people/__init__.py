"""People: whether words are a name, a role or a body (names), a line of telephone, mail, name (contact_line)."""
