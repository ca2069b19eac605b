"""Config: the only reader of the environment, of secrets and of the staff's TOML files, which become `settings` values.

What a file may say is the models' business (`settings`); here it is found, read, and told with its line.

reading.py      mailer.toml and other TOML files, told with the line of each key, or the variable that set one
list_columns.py lists/.columns.toml, what was said about the columns of lists
secrets.py      passwords, tokens and keys, at the moment they are needed
memory.py       the user's state folder: what this account remembers of ledgers and workspaces
"""
