"""Config: the only reader of the environment, of secrets and of the staff's TOML files, which become `settings` values.

The models (`settings`) define what a file may contain; here a file is found and read, and its errors get their lines.

reading.py      mailer.toml and other TOML files, with the line of each key, or the variable that set it
list_columns.py lists/.columns.toml, the choices about the columns of lists
secrets.py      passwords, tokens and keys, when they are needed
memory.py       the user's state folder: what this account remembers of ledgers and workspaces
"""
