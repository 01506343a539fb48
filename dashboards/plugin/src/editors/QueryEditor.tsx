import { getDefaultTimeRange, QueryEditorProps } from '@grafana/data';
import { Alert, Button, InlineField, LoadingPlaceholder, RadioButtonGroup } from '@grafana/ui';
import React, { useState } from 'react';

import type { FirebreakDataSource } from '../datasource';
import { FirebreakOptions, FirebreakQuery, Kind } from '../types';
import { MetricFields } from './MetricFields';
import { SqlFields } from './SqlFields';
import { TableFields } from './TableFields';
import { useAsked } from './useAsked';

type Props = QueryEditorProps<FirebreakDataSource, FirebreakQuery, FirebreakOptions>;

const KINDS: Array<{ label: string; value: Kind; description: string }> = [
  { label: 'Metric', value: 'metric', description: 'A metric of the catalogue, with its interval' },
  { label: 'Table', value: 'table', description: 'Recurring troubles, the backlog, promotions, runs and more' },
  { label: 'SQL', value: 'sql', description: 'A SELECT of your own' },
];

/** The editor of a panel's query; what is chosen runs at once, what is typed when the field is left. */
export function QueryEditor({ datasource, query, range, onChange, onRunQuery }: Props) {
  const { answer: catalogue, error } = useAsked(() => datasource.catalogue(), [datasource]);
  const change = (q: FirebreakQuery) => {
    onChange(q);
    onRunQuery();
  };
  if (error) {
    return <Alert severity="error" title="The datasource does not answer">{error}</Alert>;
  }
  if (!catalogue) {
    return <LoadingPlaceholder text="Asking what there is…" />;
  }
  const kind = query.kind ?? 'metric';
  const fields = { datasource, catalogue, query: { ...query, kind }, onChange: change };
  return (
    <>
      <InlineField label="Query" labelWidth={14}>
        <RadioButtonGroup aria-label="Kind of query" options={KINDS} value={kind} onChange={(value) => change({ ...query, kind: value, format: undefined })} />
      </InlineField>
      {kind === 'metric' && <MetricFields {...fields} />}
      {kind === 'table' && <TableFields {...fields} />}
      {kind === 'sql' && <SqlFields {...fields} />}
      <Preview datasource={datasource} query={fields.query} range={range ?? getDefaultTimeRange()} />
    </>
  );
}

type PreviewProps = Required<Pick<Props, 'datasource' | 'query' | 'range'>>;

/** Shows the SQL that the query runs, on demand. */
function Preview(props: PreviewProps) {
  const [open, setOpen] = useState(false);
  return (
    <div style={{ marginTop: 8 }}>
      <Button variant="secondary" size="sm" icon="brackets-curly" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? 'Hide the SQL' : 'Show the SQL'}
      </Button>
      {open && <ShownSql {...props} />}
    </div>
  );
}

/** The SQL of the query as it is now. */
function ShownSql({ datasource, query, range }: PreviewProps) {
  const { answer, error } = useAsked(() => datasource.preview(query, range), [datasource, JSON.stringify(query), range.from.valueOf(), range.to.valueOf()]);
  return (
    <pre aria-label="SQL that runs" style={{ marginTop: 8, maxHeight: 300, overflow: 'auto' }}>
      {error ?? answer ?? '…'}
    </pre>
  );
}
