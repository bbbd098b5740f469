"""One file per command of `callboard`, discovered by cli.main."""
