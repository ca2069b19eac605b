"""People: whether words are a name (names), what somebody is and for whom (roles), a line of telephone, mail, name."""
