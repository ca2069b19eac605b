"""Release: Markdown, pasted text and HTML to one `Release` value, and back to Markdown. Pure."""
