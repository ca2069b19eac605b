"""Contacts: spreadsheets to people with problems named, and who of them gets a mailing. Pure."""
