INSERT INTO execution_facts_moments SELECT {as_of:DateTime64(3, 'UTC')}
