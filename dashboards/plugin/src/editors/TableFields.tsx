import { InlineField, Select } from '@grafana/ui';
import React from 'react';

import type { FirebreakDataSource } from '../datasource';
import { Catalogue, FirebreakQuery } from '../types';
import { Filters, kept } from './Filters';
import { Limit } from './MetricFields';

interface Props {
  datasource: FirebreakDataSource;
  catalogue: Catalogue;
  query: FirebreakQuery;
  onChange: (q: FirebreakQuery) => void;
}

/** A table of what the workers keep. */
export function TableFields({ datasource, catalogue, query, onChange }: Props) {
  const table = catalogue.tables.find((t) => t.name === query.table);
  return (
    <>
      <InlineField label="Table" labelWidth={14} grow>
        <Select
          aria-label="Table"
          options={catalogue.tables.map((t) => ({ label: t.title, value: t.name, description: t.meaning }))}
          value={query.table}
          onChange={(o) => {
            const next = catalogue.tables.find((t) => t.name === o.value)!;
            onChange({ ...query, table: next.name, filters: kept(query.filters, next.filters) });
          }}
        />
      </InlineField>
      <Filters datasource={datasource} dimensions={table?.filters ?? []} filters={query.filters ?? []} onChange={(filters) => onChange({ ...query, filters })} />
      <div style={{ marginTop: 8 }}>
        <Limit query={query} onChange={onChange} what="rows" />
      </div>
    </>
  );
}
