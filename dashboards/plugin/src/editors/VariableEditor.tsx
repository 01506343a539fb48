import { QueryEditorProps } from '@grafana/data';
import { Alert, InlineField, LoadingPlaceholder, RadioButtonGroup, Select, TextArea } from '@grafana/ui';
import React, { useState } from 'react';

import type { FirebreakDataSource } from '../datasource';
import { FirebreakOptions, FirebreakQuery, Kind } from '../types';
import { options } from './Filters';
import { useAsked } from './useAsked';

type Props = QueryEditorProps<FirebreakDataSource, FirebreakQuery, FirebreakOptions>;

const KINDS: Array<{ label: string; value: Kind }> = [
  { label: 'Values of a dimension', value: 'values' },
  { label: 'SQL', value: 'sql' },
];

/** The editor of a template variable: the values of a dimension, or the first column of a SELECT. */
export function VariableEditor({ datasource, query, onChange, onRunQuery }: Props) {
  const { answer: catalogue, error } = useAsked(() => datasource.catalogue(), [datasource]);
  const kind: Kind = query.kind === 'sql' ? 'sql' : 'values';
  const [sql, setSql] = useState(query.sql ?? '');
  const change = (q: Partial<FirebreakQuery>) => {
    onChange({ ...query, kind, refId: query.refId || 'variable', ...q });
    onRunQuery();
  };
  if (error) {
    return <Alert severity="error" title="The datasource does not answer">{error}</Alert>;
  }
  if (!catalogue) {
    return <LoadingPlaceholder text="Asking what there is…" />;
  }
  return (
    <>
      <InlineField label="Query" labelWidth={14}>
        <RadioButtonGroup aria-label="Kind of variable" options={KINDS} value={kind} onChange={(value) => change({ kind: value })} />
      </InlineField>
      {kind === 'values' ? (
        <InlineField label="Dimension" labelWidth={14}>
          <Select aria-label="Dimension" width={40} options={options(catalogue.dimensions)} value={query.dimension} onChange={(o) => change({ dimension: o.value })} />
        </InlineField>
      ) : (
        <InlineField label="SQL" labelWidth={14} grow tooltip="The first column is the value; with two, text and value">
          <TextArea aria-label="SQL" rows={4} value={sql} onChange={(e) => setSql(e.currentTarget.value)} onBlur={() => change({ sql })} />
        </InlineField>
      )}
    </>
  );
}
