"""The verbs, one file each. An operation owns its transaction; nothing else begins one."""
