SELECT DISTINCT as_of FROM execution_facts_kept ORDER BY as_of DESC
