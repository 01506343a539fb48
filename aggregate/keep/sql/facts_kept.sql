SELECT DISTINCT as_of FROM execution_facts_kept WHERE as_of < {as_of:DateTime64(3, 'UTC')} ORDER BY as_of
